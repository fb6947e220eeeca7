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
};

void faults_event(struct sim *sim);
void faults_end(struct sim *sim);
/* Now, in the middle of whatever is done. */
void machine_loses_power(struct sim *sim);
void machine_sets_clock(struct sim *sim);
void others_commit(struct sim *sim, int owner, const struct rr *rrs,
		   size_t count, uint32_t ttl);
