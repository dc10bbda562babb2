import { parseArgs } from 'node:util';
import { z } from 'zod';

const command = z.tuple([z.string()], z.string());

/** A program and its arguments. */
export type Command = z.infer<typeof command>;

/** What happens to a job instead of its work: it ends with this result, or it never ends. */
const jobFault = z.enum(['timeout', 'dependency', 'never']);
export type JobFault = z.infer<typeof jobFault>;

/** Ways in which systemd is harder on its callers than on a good day. */
export interface Faults {
  /** Every answer comes this much later; signals do not. */
  readonly answerDelayMilliseconds: number;
  /** JobRemoved comes before the answer that names the job. */
  readonly answerAfterJob: boolean;
  readonly startJob: JobFault | null;
  readonly stopJob: JobFault | null;
}

export interface FakeSystemdOptions {
  readonly unit: string;
  readonly command: Command;
  /** ConditionPathExists= of the unit. */
  readonly condition: string;
  /** ExecStop= of the unit. */
  readonly stop: Command | null;
  /** ExecStopPost= of the unit. */
  readonly stopPost: Command | null;
  readonly faults: Faults;
}

/** @throws Error that names the argument */
export function readOptions(argv: readonly string[]): FakeSystemdOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      unit: { type: 'string' },
      command: { type: 'string' },
      condition: { type: 'string' },
      stop: { type: 'string' },
      'stop-post': { type: 'string' },
      'answer-delay': { type: 'string', default: '0' },
      'answer-after-job': { type: 'boolean', default: false },
      'start-job': { type: 'string' },
      'stop-job': { type: 'string' },
    },
  });
  return {
    unit: z.string({ error: '--unit is missing' }).parse(values.unit),
    command: command.parse(JSON.parse(z.string({ error: '--command is missing' }).parse(values.command))),
    condition: z.string({ error: '--condition is missing' }).parse(values.condition),
    stop: parseCommand(values.stop),
    stopPost: parseCommand(values['stop-post']),
    faults: {
      answerDelayMilliseconds: z.coerce.number<string>().int().min(0).parse(values['answer-delay']),
      answerAfterJob: values['answer-after-job'],
      startJob: jobFault.nullable().parse(values['start-job'] ?? null),
      stopJob: jobFault.nullable().parse(values['stop-job'] ?? null),
    },
  };
}

function parseCommand(text: string | undefined): Command | null {
  return text === undefined ? null : command.parse(JSON.parse(text));
}
