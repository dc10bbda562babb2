/**
 * What a guest kernel says when the emulator has failed it: patched code that an emulated core still ran in its old
 * form, a timer that was lost. Seen once in some dozens of boots, of images that boot well.
 */
const FAULT = /Kernel panic|Oops:|BUG: |rcu: INFO: rcu_\w+ detected stalls/;

/** @returns the line that tells the fault, or undefined */
export function emulatorFault(console: string): string | undefined {
  return console.split(/[\r\n]+/).find((line) => FAULT.test(line));
}
