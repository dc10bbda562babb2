/** An export of the audit log as a stream: a page of entries is in memory at a time, and a slow reader holds nothing in the store. */
import { Readable } from 'node:stream';
import { EXPORT_FORMAT, type ExportHeader, ExportSum, linkOf, signExport } from '../../audit/export-format.ts';
import { csvLines, jsonLines } from '../../audit/write-export.ts';
import { appendAudit } from '../../store/audit-log.ts';
import { chainPages, endOfChain } from '../../store/audit-queries.ts';
import type { Asker, Context } from '../context.ts';
import type { AuditFilter, ExportFormat } from '../contract/history.ts';

export const EXPORT_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/jsonl; charset=utf-8',
};

/** Everything that fits up to now. Who exported what stands in the log first, whether or not the file arrives. */
export async function exportAudit(
  context: Context,
  format: ExportFormat,
  asked: AuditFilter,
  asker: Asker,
): Promise<Readable> {
  const filter = Object.fromEntries(
    Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const exportedAt = context.now().toISOString();
  const sequence = await context.store.write((writer) =>
    appendAudit(writer, {
      at: exportedAt,
      ...asker,
      action: 'audit-exported',
      sessionId: asked.session ?? null,
      details: { format, filter },
    }),
  );
  context.changes.tell({ topic: 'audit', id: null });
  return Readable.from(exportTexts(context, format, asked, { filter, exportedAt, through: sequence - 1 }));
}

async function* exportTexts(
  { store: { read }, auditKey }: Context,
  format: ExportFormat,
  asked: AuditFilter,
  { filter, exportedAt, through }: { filter: Record<string, string>; exportedAt: string; through: number },
): AsyncGenerator<string> {
  const write = format === 'csv' ? csvLines : jsonLines;
  const [first, last] = [
    await endOfChain(read, asked, through, 'first'),
    await endOfChain(read, asked, through, 'last'),
  ];
  const header: ExportHeader = {
    ...{ format: EXPORT_FORMAT, exportedAt, filter },
    first: first === null ? null : linkOf(first),
    last: last === null ? null : linkOf(last),
  };
  yield write.before + write.header(header);
  const sum = new ExportSum();
  for await (const page of chainPages(read, asked, through)) {
    for (const entry of page) sum.add(entry);
    yield page.map((entry) => write.entry(entry)).join('');
  }
  const trailer = sum.trailer();
  yield write.trailer(trailer, signExport(header, trailer, auditKey));
}
