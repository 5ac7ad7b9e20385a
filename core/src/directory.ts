import type { Assurance } from './approval/requirement.ts';
import type { Entity } from './judgement.ts';
import type { Instant } from './time.ts';

/** A non-human principal with exactly one accountable owner. */
export type Agent = {
  readonly id: string;
  /** The accountable person. */
  readonly owner: string;
  /** A team named for routing; `@exclude("owner-team")` excludes its members. */
  readonly ownerTeam?: string;
  readonly teams: readonly string[];
  /** 0 new to 3 proven. */
  readonly trust: number;
  readonly quarantined: boolean;
  /** Persons this agent may say it acts for; its owner always is one. */
  readonly actsFor: readonly string[];
  /** Persons who passed authority on to it. */
  readonly delegators: readonly string[];
  /** Persons who gave it a credential it may still use: they could act as it. */
  readonly issuers?: readonly string[];
};

/** What the groups of a person rest on, as recorded with what they decide. */
export type Known = {
  /** The identity provider the account comes from. */
  readonly provider?: string;
  readonly groupsFrom?: 'scim' | 'directory' | 'claim' | 'configuration';
  /** How many entries of the stream `directory` were taken in. */
  readonly directoryVersion: number;
};

/** Somebody a person answers for while they are away, and in which groups (EV-15). */
export type StandsFor = {
  readonly human: string;
  /** Their account. */
  readonly person: string;
  /** Groups they are in at this moment, as far as they were passed on. */
  readonly groups: readonly string[];
  /** Humans who had a hand in it: those between the two, and whoever set it up for them. */
  readonly through?: readonly string[];
  readonly until: Instant;
};

/** An account of a verified human. */
export type Person = {
  readonly id: string;
  readonly name: string;
  /** The human behind the account: equal for linked accounts. Quorum and exclusion go by this. */
  readonly human: string;
  readonly groups: readonly string[];
  readonly active: boolean;
  /** The highest assurance this account can reach. */
  readonly reach: Assurance;
  readonly known?: Known;
  /** At this very moment. */
  readonly standsFor?: readonly StandsFor[];
};

/** People, agents and resources at one moment. Changes between two looks; never kept across an await. */
export type Directory = {
  readonly agent: (id: string) => Agent | undefined;
  readonly person: (id: string) => Person | undefined;
  /** Every account that is in at least one of the groups. */
  readonly members: (groups: readonly string[]) => readonly Person[];
  /** Every account that stands for somebody in at least one of the groups. */
  readonly delegates?: (groups: readonly string[]) => readonly Person[];
  /** The resource and its parents as policy sees them; undefined when unknown. */
  readonly resource: (type: string, id: string) => readonly Entity[] | undefined;
  readonly isKilled: (agent: string) => boolean;
};
