/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim_dns.h"

/* Chances are in thousandths, drawn anew for every run. */
struct faults {
	unsigned silent, dead, frozen, regress, restore, delegation;
	unsigned refuse, unanswered, signing_delay, odd_answer;
	unsigned operator_edit, operator_removes, operator_ttl;
	unsigned kill, no_hooks, reload_fails, reload_late, restart, probe;
	unsigned clock_step, reboot, suspend, certbot_dies, same_key, old_key;
	unsigned issuer, delete_lineage, zone_fails, dry, disk_full;
	unsigned call_fails, power_cut, lock_busy, exec_lies, signer;
	/* Of topics; drawn only where the run has the topic. */
	unsigned hook_missing;
	unsigned owner_replaced, owner_emptied, zone_restored;
	unsigned state_restored, state_lost, links_restored;
	unsigned renewed_at_once;
	unsigned live_goes_back, expires, begins_late;
	unsigned stranger;
	unsigned issuer_replaced;
	unsigned reads_elsewhere;
	unsigned slow;
	unsigned stretched;
	unsigned outside_silent, outside_view;
	unsigned wildcard;
	/* From here on they are nothing but that. */
	unsigned ignored, machines, aliases, second, retimed;
};

void faults_event(struct sim *sim);
void faults_end(struct sim *sim);
/* Now, in the middle of whatever is done. */
void machine_loses_power(struct sim *sim);
void machine_sets_clock(struct sim *sim);
/* sim_people.c: other people do their work in the zone. */
void people_event(struct sim *sim);
void others_commit(struct sim *sim, int owner, const struct rr *rrs,
		   size_t count, uint32_t ttl);
/* Somebody's record, or nothing, takes the place of all that stands there. */
void others_replace(struct sim *sim, int owner);
void others_empty(struct sim *sim, int owner);
/* Our operator configures another TTL. */
void people_retime(struct sim *sim, uint32_t ttl);
/* Nothing answers any more where nothing stands. */
void others_end_wildcards(struct sim *sim);
/* What the zone was, up to DEPTH changes ago, with a serial that moves on. */
void others_restore(struct sim *sim, size_t depth);
/* Whose VERSION's issuers' records are nobody can tell, from now on. */
void others_note_odd(struct sim *sim, int owner,
		     const struct version *version);
/* One of these at every owner, or for the zone. */
void others_edit(struct sim *sim, int edit);
/* One of the last DEPTH revisions. */
struct revision *dns_old_revision(struct sim *sim, size_t depth);
