export interface Stage {
  /** `writing`, `verifying` ... */
  what: string;
  /** In bytes. */
  total: number;
  /** In bytes. */
  done: number;
  /** Since the stage began. */
  seconds: number;
}

/** `writing: 45 %, 32.1 MB/s, 12 s left`; no speed is told before there is one. */
export function progressLine({ what, total, done, seconds }: Stage): string {
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
  if (done === 0 || seconds <= 0) return `${what}: ${percent} %`;
  const speed = done / seconds;
  return `${what}: ${percent} %, ${(speed / 1e6).toFixed(1)} MB/s, ${timeLeft((total - done) / speed)} left`;
}

function timeLeft(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
