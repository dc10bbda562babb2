/** Holding registers of the simulated machine: temperature in tenths of a degree, pressure in millibar. */
export const MACHINE_REGISTERS = [235, 1013] as const;
