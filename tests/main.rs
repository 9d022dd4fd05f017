//! The behaviour of the whole program: one binary of tests which drive the real `headwater` against a scripted model
//! server, in real workspaces and real terminals. One file a subject; the list says what each is about.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a failed expectation is the point of a test, in its helpers too"
)]

/// `headwater acp`: prompts, sessions, approvals and harm, as an editor sends them.
mod acp;
/// Each act has its checkpoint, in turns and in blocks.
mod acts;
/// The network after foreign text, without a person.
mod after_foreign;
/// Approval cards: yes, no with a reason, an edited call, rules that are kept and withdrawn.
mod approvals;
/// Old results that the server clears, or refuses to.
mod clearing;
/// Commands beside the screen and exec: doctor, sandbox, policy, sessions, replay, schema, completions, login.
mod commands;
/// What users of terminal agents complain about most.
mod complaints;
/// The composer: commands of the person, files, slash commands, sessions, leaving.
mod composer;
/// Contracts: what must hold before "done" is believed.
mod contracts;
/// Deleting files: after a yes, in whatever form.
mod deleting;
/// The demo: its mission over a log of ten megabytes.
mod demo;
/// Rules that hold whatever the model tries.
mod enforcement;
/// Sessions that leave nothing behind, and titles.
mod ephemeral;
/// `headwater eval`: suites against the oracle, scored and compared.
mod evals;
/// `headwater exec`: whole tasks, prompts, records, limits, signals, failing providers.
mod exec;
/// Hooks: recorded scripts, harm, rules, points, trust.
mod hooks;
/// Foreign text never commands the terminal.
mod hostile;
/// The inline screen: the terminal keeps every line exactly once.
mod inline;
/// What the program keeps for itself: read by no command and no tool under any mechanism.
mod kept;
/// Keys in a real keyring, unlocked and locked.
mod keyring;
/// MCP servers: managed, called under the rules, brought by a project, logged in to.
mod mcp;
/// Turns at a server that can do nothing but answer.
mod minimal_server;
/// Missions: what undoing one restores, what it leaves alone, what it never follows.
mod mission_undo;
/// Missions: research, one card, approval from anywhere, execution inside the grant, a checked answer.
mod missions;
/// Missions that are cut off, sent back with nonsense, looked for in the wrong places.
mod missions_hostile;
/// Secrets, `.env`, foreign text: what leaves a session.
mod output_policy;
/// `exec --output-schema`: JSON of a schema, or a failure that says so.
mod output_schema;
/// Plain lines: for screen readers, pipes and dumb terminals.
mod plain;
/// Request n+1 has request n as a byte prefix.
mod prefix;
/// A conversation that outgrows its window.
mod pressure;
/// Rules that a project brings: those that open everything want a yes of their own.
mod project_rules;
/// What a real server said, played to the whole program.
mod recorded;
/// What the harness tells the model, and that nobody else can say it.
mod reminders;
/// Repairs: what is written again, found, taken back, read.
mod repairs;
/// Sessions that were cut off: resumed with nothing lost.
mod resume;
/// Going back to a message, taking that back, forking.
mod rewind;
/// `headwater rlm`: one recursive completion over a context, its budget, its resume, its bad input.
mod rlm;
/// `headwater rlm` with blocks of directives, beside Python and without one.
mod rlm_directives;
/// The screen: a whole session, modes, the queue, interrupting, questions.
mod screen;
/// Servers that keep the conversation, and the log that stays the truth.
mod server_state;
/// Settings: layers, trust, errors that name file, line and the nearest key.
mod settings;
/// Skills, and what the screen says of the program itself.
mod skills;
/// What is no file in the place of one: pipes, directories, devices.
mod special_files;
/// A model that fails for now: another stands in, and an answer that broke off is gone on with.
mod standing_in;
/// Before the screen: the first start, the question of trust.
mod start;
/// Hard stops, the repeat guard, cancelling.
mod stopping;
/// Output styles: what of the prompt they change, whose count, how one is chosen.
mod styles;
/// Sub-agents: one task, one report, never more than the turn above may do.
mod subagents;
/// What the tests share.
mod support;
/// Traces: what a collector is sent, and that a run minds nothing that a collector does.
mod telemetry;
/// The terminal: given back, left alone at rest, dumb, narrow, without colour.
mod terminal;
/// Recorded logs of every released schema.
mod transcripts;
/// One result, three readers: JSON, the model's text, the screen's cell.
mod triples;
/// Keys in bursts, during resizes, for the editor: each arrives where it belongs.
mod typing;
/// The state of a session is a fold over its records.
mod views;
/// A call that waits for a person, across processes.
mod waiting;
/// Every wire drives the whole program.
mod wires;
/// What rules withhold, and `.env`: from commands too, by whatever name.
mod withheld;
