// Loaded before a replica (`node --import`): its own clock is wrong by LAB_CLOCK_SKEW_MS, as on a machine without NTP.
const skewMs = Number(process.env['LAB_CLOCK_SKEW_MS'] ?? 0);
const TrueDate = Date;

/** The same dates, but now is another moment. */
class SkewedDate extends TrueDate {
  constructor(...args: readonly unknown[]) {
    if (args.length === 0) super(TrueDate.now() + skewMs);
    else super(...(args as [number]));
  }
  static override now(): number {
    return TrueDate.now() + skewMs;
  }
}
if (skewMs !== 0) globalThis.Date = SkewedDate as DateConstructor;
