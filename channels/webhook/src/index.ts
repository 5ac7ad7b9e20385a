export {
  createWebhook,
  webhookTrouble,
  type WebhookParts,
  type WebhookSettings,
} from './webhook.ts';
