export { createPagerDuty, type PagerDutyParts, type PagerDutySettings } from './pagerduty.ts';
