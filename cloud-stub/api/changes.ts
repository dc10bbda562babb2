/** Tells whoever watches which list has changed: `change` in this process, `heard` in another one (processes/). */
import { EventEmitter } from 'node:events';
import type { Change } from './contract.ts';

export class Changes extends EventEmitter<{ change: [change: Change]; heard: [change: Change]; stop: [] }> {
  tell(...changes: readonly Change[]): void {
    for (const change of changes) this.emit('change', change);
    if (!changes.some(({ topic }) => topic === 'audit')) this.emit('change', { topic: 'audit', id: null });
  }
}
