import type { Admission } from '../oidc/people.ts';
import type { ChatAccounts } from './accounts.ts';

/** A Teams tenant whose people sign in at a provider: what signs them in says their account there. */
export type NoticedTenant = { readonly provider: string; readonly tenant: string };

/** Lets people in as `admit` does, and connects the Teams account that their own sign-in has just proved. */
export const noticing =
  (
    admit: Admission,
    accounts: Pick<ChatAccounts, 'notice'>,
    tenants: readonly NoticedTenant[],
  ): Admission =>
  async (verified, settings, linkTo) => {
    const admitted = await admit(verified, settings, linkTo);
    const { entra } = verified;
    const isNoticed =
      entra &&
      tenants.some(
        ({ provider, tenant }) => provider === settings.id && tenant.toLowerCase() === entra.tenant,
      );
    if (admitted.ok && isNoticed)
      await accounts.notice(admitted.value, {
        kind: 'teams',
        tenant: entra.tenant,
        user: entra.object,
      });
    return admitted;
  };
