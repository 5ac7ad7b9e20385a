export { lookAt, type Configured, type Looked } from './doctor/configured.ts';
export { switchedOffIn } from './doctor/switches.ts';
export { distrustOf } from './doctor/trust.ts';
export { probeAll, PROBES, type Probe, type Probed } from './doctor/probe.ts';
export { isBlocked, type Ended } from './doctor/verdict.ts';
