import { type CoreConfig, type CoreRecord, DeliveryCore, Outcomes } from "everspan/internals";

/** The core with its half that sends, as it is from the first batch on. */
export class EquippedCore<R extends CoreRecord> extends DeliveryCore<R> {
  constructor(config: CoreConfig<R>) {
    super(config);
    this.equip(Outcomes);
  }
}
