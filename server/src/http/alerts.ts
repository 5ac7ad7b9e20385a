import type { AlertItem } from '@countersign/api';
import { ALERTS, alertsOf, toIso, type ToldAlert } from '@countersign/core';
import { json, personOf, type Handlers } from './exchange.ts';
import { isAdministrator, isAuditor } from './rights.ts';
import type { Sight } from './see.ts';

const LIMIT = 50;

/** Alerts about agents, to those who answer for them or for the installation. */
export function alertRoutes({ parts, access }: Sight): Pick<Handlers, 'alerts'> {
  const { store, directory, display } = parts;
  const itemOf = (alert: ToldAlert): AlertItem => {
    const { n, kind, agent, owner, because, count, actionType, resource } = alert;
    return {
      n,
      kind,
      agent,
      owner,
      because,
      count,
      at: toIso(alert.at),
      until: toIso(alert.until),
      ...(actionType === undefined ? {} : { actionType }),
      ...(resource ? { resource: { type: resource.type, id: display.text(resource.id) } } : {}),
    };
  };
  return {
    alerts: async (exchange) => {
      const viewer = personOf(exchange);
      const { limit = LIMIT, before = Infinity } = exchange.query;
      const seesAll = isAdministrator(viewer, access()) || isAuditor(viewer, access());
      const isTheirs = ({ owner }: ToldAlert): boolean =>
        seesAll || (directory().person(owner)?.human ?? owner) === viewer.human;
      const all = alertsOf(await store.read(ALERTS));
      const seen = all.filter((alert) => alert.n < Number(before) && isTheirs(alert));
      const page = seen.slice(-Number(limit)).toReversed();
      const next = seen.length > page.length ? page.at(-1)?.n : undefined;
      return json(200, { items: page.map(itemOf), ...(next === undefined ? {} : { next }) });
    },
  };
}
