/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"
#include "checker.h"
#include "command/options.h"
#include "transcript.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Memory ----------------------------------------------------------- */

#define BLOCK_SIZE (64 * 1024)

struct block {
	struct block *next;
	size_t used, size;
	max_align_t data[];
};
struct arena {
	struct block *blocks;
};

void *sim_alloc(struct sim *sim, size_t size)
{
	struct block *block = sim->arena->blocks;
	size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
	void *memory;

	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) *
	       sizeof(max_align_t);
	if (!block || block->used + size > block->size) {
		block = xcalloc(1, sizeof(*block) + room +
				sizeof(max_align_t));
		block->size = room + sizeof(max_align_t);
		block->next = sim->arena->blocks;
		sim->arena->blocks = block;
	}
	memory = (char *)block->data + block->used;
	block->used += size;
	return memory;
}

static char *text_from(struct sim *sim, const char *format,
		       va_list arguments)
	__attribute__((format(printf, 2, 0)));

static char *text_from(struct sim *sim, const char *format, va_list arguments)
{
	char text[1024];
	int size = vsnprintf(text, sizeof(text), format, arguments);
	size_t length = size < (int)sizeof(text) ? (size_t)size :
						   sizeof(text) - 1;
	char *copy = sim_alloc(sim, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *sim_text(struct sim *sim, const char *format, ...)
{
	va_list arguments;
	char *text;

	/* A text that is longer than any name here: PEM. */
	if (streq(format, "%s")) {
		const char *source;

		va_start(arguments, format);
		source = va_arg(arguments, const char *);
		va_end(arguments);
		text = sim_alloc(sim, strlen(source) + 1);
		memcpy(text, source, strlen(source));
		return text;
	}
	va_start(arguments, format);
	text = text_from(sim, format, arguments);
	va_end(arguments);
	return text;
}

/* ---- Events told ------------------------------------------------------ */

#define EVENTS_KEPT (sizeof(((struct sim *)0)->events) / sizeof(char *))

static void print_time(int64_t ms)
{
	printf("%9.3f  ", (double)ms / 1000);
}

void sim_log(struct sim *sim, const char *format, ...)
{
	va_list arguments;
	char text[300];
	int size;

	if (sim->mute)
		return;
	size = snprintf(text, sizeof(text), "%11.3f  ",
			(double)sim->now_ms / 1000);
	va_start(arguments, format);
	vsnprintf(text + size, sizeof(text) - (size_t)size, format, arguments);
	va_end(arguments);
	if (sim->verbose)
		puts(text);
	else
		sim->events[sim->event_count++ % EVENTS_KEPT] =
			sim_text(sim, "%s", text);
}

void sim_fail(struct sim *sim, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	sim->failure = text_from(sim, format, arguments);
	va_end(arguments);
	longjmp(*sim->end, 1);
}

static void print_states(struct sim *sim)
{
	for (size_t t = 0; t < sim->target_count; t++) {
		char path[80];
		const struct node *node;

		snprintf(path, sizeof(path),
			 "/var/lib/alnitak/targets/%s.json",
			 sim->targets[t].name);
		node = files_path(sim, path);
		if (node)
			printf("%s:\n%.*s\n", path, (int)node->size,
			       node->data);
	}
}

void sim_print_failure(struct sim *sim)
{
	size_t first = sim->event_count > EVENTS_KEPT ?
		       sim->event_count - EVENTS_KEPT : 0;

	for (size_t i = first; i < sim->event_count; i++)
		puts(sim->events[i % EVENTS_KEPT]);
	if (sim->verbose)
		print_states(sim);
	print_time(sim->now_ms);
	printf("FAILED (%s): %s\n", sim->is_liveness_failure ? "liveness" :
	       "safety", sim->failure);
}

/* ---- Chance ----------------------------------------------------------- */

uint64_t sim_random(struct sim *sim)
{
	uint64_t z = sim->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

int64_t sim_between(struct sim *sim, int64_t low, int64_t high)
{
	return low + (int64_t)(sim_random(sim) % (uint64_t)(high - low + 1));
}

bool sim_chance(struct sim *sim, unsigned thousandths)
{
	return thousandths && sim_random(sim) % 1000 < thousandths;
}

bool sim_fault(struct sim *sim, unsigned chance)
{
	return !sim->liveness && sim_chance(sim, chance);
}

/* ---- Time ------------------------------------------------------------- */

static int64_t earliest(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void timer_event(struct sim *sim)
{
	sim->timer_next_ms = sim->now_ms + sim->timer_ms;
	/* Another instance at work: it yields. */
	if (!sim->in_command)
		sim_command(sim, "run");
}

bool sim_step(struct sim *sim, int64_t latest_ms)
{
	int64_t certbot_ms = certbot_idle(sim) ? FOREVER :
			     sim->certbot.next_ms;
	int64_t dns_ms = dns_next_ms(sim), services_ms = services_next_ms(sim);
	int64_t timer_ms = sim->in_command ? FOREVER : sim->timer_next_ms;
	int64_t next_ms = earliest(earliest(certbot_ms, dns_ms),
				   earliest(services_ms, timer_ms));

	next_ms = earliest(next_ms, sim->faults_next_ms);
	if (sim->second.is_there)
		next_ms = earliest(next_ms, sim->second.next_ms);
	if (next_ms > latest_ms)
		return false;
	if (next_ms > sim->now_ms)
		sim->now_ms = next_ms;
	if (next_ms == dns_ms)
		dns_event(sim);
	else if (next_ms == services_ms)
		services_event(sim);
	else if (next_ms == sim->faults_next_ms)
		faults_event(sim);
	else if (next_ms == certbot_ms)
		certbot_event(sim);
	else if (sim->second.is_there && next_ms == sim->second.next_ms)
		second_event(sim);
	else
		timer_event(sim);
	checker_look(sim);
	return true;
}

void sim_advance(struct sim *sim, int64_t ms)
{
	int64_t goal_ms = sim->now_ms + ms;

	while (sim_step(sim, goal_ms))
		continue;
	if (sim->now_ms < goal_ms)
		sim->now_ms = goal_ms;
}

void moments_add(struct moments *moments, unsigned long call)
{
	if (!moments || (moments->count &&
			 moments->calls[moments->count - 1] == call))
		return;
	moments->calls = xreallocarray(moments->calls, moments->count + 1,
				       sizeof(*moments->calls));
	moments->calls[moments->count++] = call;
}

void sim_called(struct sim *sim, const char *what, enum effect effect)
{
	sim->calls++;
	if (effect != EFFECT_NONE)
		moments_add(sim->effects, sim->calls);
	sim_advance(sim, sim_between(sim, 0, 2));
	if (effect == EFFECT_SEEN) {
		checker_lock(sim, what);
		checker_look(sim);
	}
	if (sim->calls == sim->cut_at)
		machine_loses_power(sim);
	if (sim->calls == sim->edit_at && sim->begun)
		others_edit(sim, (int)sim->edit);
	if (sim->calls == sim->clock_at)
		machine_sets_clock(sim);
	if (!sim->in_command || (!sim->die && sim->calls != sim->kill_at))
		return;
	sim->was_killed = true;
	sim->killed_in_vain = effect == EFFECT_NONE;
	sim->killed_command = sim->command;
	sim_log(sim, "killed after world call %lu, %s", sim->calls, what);
	longjmp(*sim->way_out, 1);
}

bool sim_loses_reply(struct sim *sim, bool is_update)
{
	if (sim->replies < REPLIES_KEPT)
		sim->replied[sim->replies] =
			(struct reply){ sim->command, is_update };
	if (++sim->replies != sim->lose_at)
		return false;
	sim_log(sim, "fault: reply %lu is lost", sim->replies);
	return true;
}

bool sim_switches_at_once(const struct sim *sim)
{
	return sim->exchange_works && !sim->exchange_failed;
}

/* ---- Others take their time -------------------------------------------- */

static int64_t left_ms(const struct sim *sim)
{
	return sim->world.deadline_ms ? sim->world.deadline_ms -
		(sim->now_ms + sim->boot_offset_ms) : FOREVER;
}

bool sim_is_late(const struct sim *sim)
{
	return left_ms(sim) <= 0;
}

void sim_wait(struct sim *sim, int64_t ms)
{
	int64_t left = left_ms(sim);

	if (sim_fault(sim, sim->faults.slow))
		ms = sim_between(sim, ms, 5 * MINUTE);
	if (ms > left)
		ms = left > 0 ? left : 0;
	sim_advance(sim, ms);
}

/* Hooks wait for the lock as long as they do, and then: however slow others
 * are, and whoever hangs, the next one has the lock soon enough. */
static void check_time(struct sim *sim, const char *command)
{
	const struct calling *calling = &command_find(command)->calling;
	int64_t took_ms = sim->now_ms - sim->locked_ms;

	if (took_ms > calling->time_ms + SECOND * 10)
		sim_fail(sim, "%s has kept the lock for %.0f s", command,
			 (double)took_ms / SECOND);
}

/* ---- Commands --------------------------------------------------------- */

static int execute(struct sim *sim, const char *command, bool details)
{
	struct options options = { .command = command_find(command),
				   .details = details,
				   .log_level = LOG_LEVEL_NORMAL };
	char *names[] = { sim->named };
	jmp_buf way_out;
	volatile int status = -1;

	if (streq(command, "remove")) {
		options.arguments = names;
		options.argument_count = 1;
	}

	sim->way_out = &way_out;
	if (!setjmp(way_out))
		status = (int)options.command->execute(
			&sim->world, sim->config, &options);
	sim->way_out = NULL;
	return status;
}

void sim_show_status(struct sim *sim, bool details)
{
	sim->in_command = true;
	sim->needs_lock = false;
	execute(sim, "status", details);
	sim->in_command = false;
}

int sim_command(struct sim *sim, const char *command)
{
	int status;

	invariant(!sim->in_command);
	sim->command++;
	sim->command_ms = sim->locked_ms = sim->now_ms;
	sim->die = sim->has_lock = false;
	sim->needs_lock = sim->begun && !streq(command, "pre");
	memset(sim->handles, 0, sizeof(sim->handles));
	for (size_t t = 0; t < sim->target_count; t++)
		sim->targets[t].could_start =
			services_would_load(sim, &sim->targets[t]) != NULL;
	sim->disk_full = sim_fault(sim, sim->faults.disk_full);
	sim->troubled = sim->disk_full;
	if (sim_fault(sim, sim->faults.call_fails)) {
		sim->fail_at = sim->fallible + (unsigned long)
			       sim_between(sim, 1, 150);
		sim->fail_typically = sim_chance(sim, 500);
	}
	if (sim_fault(sim, sim->faults.clock_step))
		sim->clock_at = sim->calls + (unsigned long)
				sim_between(sim, 1, 200);
	if (sim_fault(sim, sim->faults.power_cut)) {
		sim->cut_at = sim->calls + (unsigned long)
			      sim_between(sim, 1, 250);
		sim->cut_somehow = true;
	}
	if (sim_fault(sim, sim->faults.kill))
		sim->kill_at = sim->calls + (unsigned long)
			       sim_between(sim, 1, 250);
	if (sim->verbose || !streq(command, "run") || sim->disk_full)
		sim_log(sim, "alnitak %s begins%s", command,
			sim->disk_full ? ", the disk is full" : "");
	sim->in_command = true;
	status = execute(sim, command, false);
	sim->command_end_ms = sim->now_ms;
	if (sim->verbose || !streq(command, "run") ||
	    status != sim->last_status)
		sim_log(sim, "alnitak %s ends: %d", command,
			status);
	sim->last_status = status;
	if (status != EXIT_DONE || sim->troubled)
		sim->quiet_ms = sim->now_ms;
	if (status >= 0 && !sim->troubled)
		dns_noted(sim);
	machines_noted(sim, status >= 0 && !sim->troubled);
	if (status >= 0)
		check_time(sim, command);
	if (status >= 0)
		checker_after_command(sim, command, status);
	if (status >= 0)
		sim->exchange_failed = false;
	sim->in_command = false;
	if (sim->command == sim->backup_at)
		backup_make(sim);
	if (sim->command == sim->restore_at)
		backup_restore(sim, sim->restore_part);
	if (status >= 0 && sim->was_killed && sim->cut_after_kill) {
		sim->cut_after_kill = false;
		machine_loses_power(sim);
		checker_look(sim);
	}
	if (sim->told)
		transcript_note(sim, command);
	return status;
}

/* ---- A run ------------------------------------------------------------ */

struct sim *sim_open(uint64_t seed)
{
	struct sim *sim = xcalloc(1, sizeof(*sim));

	sim->arena = xcalloc(1, sizeof(*sim->arena));
	sim->seed = sim->random = seed;
	sim->now_ms = 1000 * SECOND;
	sim->wall_offset_ms = TRUE_WALL_SECONDS * SECOND;
	sim->boot_offset_ms = 400 * DAY;
	sim->synchronised = true;
	sim->timer_next_ms = sim->faults_next_ms = FOREVER;
	world_open(sim);
	return sim;
}

void sim_close(struct sim *sim)
{
	while (sim->arena->blocks) {
		struct block *block = sim->arena->blocks;

		sim->arena->blocks = block->next;
		free(block);
	}
	if (sim->config)
		config_free(sim->config);
	free(sim->arena);
	free(sim);
}
