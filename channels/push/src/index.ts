export { pushEndpoint, type PushHosts } from './endpoint.ts';
export { createSender, type Delivery, type Nudge, type Send, type Subscription } from './send.ts';
export { createSubscriptions, type Subscriptions } from './subscriptions.ts';
export { deriveVapidKey, type VapidKey } from './vapid.ts';
