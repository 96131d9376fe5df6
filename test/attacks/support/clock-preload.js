// Loaded before the program: its wall clock is ahead, or jumps back with each look. Monotonic clocks are let be.
const { aheadMs, backMsPerLook } = JSON.parse(process.env.ATTACK_CLOCK);
const RealDate = Date;
let looks = 0;
const now = () => RealDate.now() + aheadMs - backMsPerLook * looks++;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [now()] : given));
  }
  static now() {
    return now();
  }
};
