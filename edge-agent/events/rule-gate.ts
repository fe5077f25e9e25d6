import type { AgentConfigure } from '#core/contracts/agent-configure.ts';
import type { RefusedRule } from '#core/contracts/rule.ts';
import { messageOf } from '#core/errors/odoopbx-error.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { Logger } from '#core/ports/logger.ts';
import type { RuleStore } from '#core/ports/rule-store.ts';
import { compileRules, type RuleSet } from '#core/rules/rule-set.ts';

/**
 * The rules in force. At a start these are the last known ones, while `version` stays null, which makes the cloud
 * send them anew; rules read from Odoo before those in force are ignored.
 */
export class RuleGate {
  readonly #store: RuleStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #ruleSet: RuleSet = compileRules([]).ruleSet;
  #refused: readonly RefusedRule[] = [];
  #version: string | null = null;
  #asOf = 0;

  constructor({ ruleStore, clock, logger }: { ruleStore: RuleStore; clock: Clock; logger: Logger }) {
    this.#store = ruleStore;
    this.#clock = clock;
    this.#logger = logger;
    const kept = ruleStore.load();
    if (kept) this.#apply(kept);
  }

  get ruleSet(): RuleSet {
    return this.#ruleSet;
  }

  get refused(): readonly RefusedRule[] {
    return this.#refused;
  }

  get version(): string | null {
    return this.#version;
  }

  forgetVersion(): void {
    this.#version = null;
  }

  configure(configure: AgentConfigure): boolean {
    // In the future: the clock was put back since, and the times of the two say nothing of which is older.
    const isComparable = this.#asOf <= this.#clock.now() / 1000;
    if (isComparable && configure.asOf < this.#asOf) {
      this.#logger.info('older rules ignored', { asOf: configure.asOf, inForce: this.#asOf });
      return false;
    }
    this.#apply(configure);
    this.#version = configure.rulesVersion;
    try {
      this.#store.save(configure);
    } catch (error) {
      // They are in force all the same; after a restart the cloud sends them again.
      this.#logger.error('the rules could not be kept', { error: messageOf(error) });
    }
    const { rulesVersion } = configure;
    this.#logger.info('rules in force', { rulesVersion, rules: configure.rules.length });
    if (this.#refused.length > 0) {
      this.#logger.warn('rules refused', { rulesVersion, refused: this.#refused });
    }
    return true;
  }

  #apply({ rules, asOf }: AgentConfigure): void {
    const { ruleSet, refused } = compileRules(rules);
    this.#ruleSet = ruleSet;
    this.#refused = refused;
    // A sender whose clock runs ahead must not lock out everything that comes after it.
    this.#asOf = Math.min(asOf, this.#clock.now() / 1000);
  }
}
