/** Why a request is not done, as RFC 7644 §3.12 says it. */
export type ScimRefusal = {
  readonly status: number;
  readonly scimType?: string;
  readonly detail: string;
};

/** A refusal; without a type where the standard has none for it. */
export const refusal = (status: number, detail: string, scimType?: string): ScimRefusal => ({
  status,
  detail,
  ...(scimType === undefined ? {} : { scimType }),
});

/** A refusal as a body. */
export const errorBody = ({ status, scimType, detail }: ScimRefusal): object => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
  status: String(status),
  ...(scimType === undefined ? {} : { scimType }),
  detail,
});
