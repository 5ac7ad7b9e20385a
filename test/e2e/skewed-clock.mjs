// Loaded before a gateway: its machine's clock is wrong by SKEW_MS.
const skew = Number(process.env.SKEW_MS ?? 0);
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...words) {
    super(...(words.length > 0 ? words : [RealDate.now() + skew]));
  }
  static now() {
    return RealDate.now() + skew;
  }
};
