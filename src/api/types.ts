/*
 * Made by scripts/gen_types.py from the OpenAPI document of the server; not edited by hand.
 */

/**
 * Run the same content once more, on the same machine where none is named.
 */
export interface IAgain {
  machine?: string | null;
}

/**
 * The answer to a prompt: ``accept`` for a host key, else one of ``values`` a field; neither: nobody answers.
 */
export interface IAnswer {
  accept?: boolean;
  values?: string[] | null;
}

/**
 * What travels: root hash of the tree, count and total size of its files.
 */
export interface IBundleSummary {
  digest: string;
  files: number;
  bytes: number;
}

/**
 * One code cell of a run; ``index`` counts all cells of the executed notebook from 0.
 */
export interface ICell {
  index: number;
  id: string;
  state: string;
  started: string | null;
  duration_s: number | null;
  execution_count: number | null;
}

/**
 * A code cell as it was sent; ``index`` counts all cells of the run's notebook.
 */
export interface ICellSource {
  index: number;
  id: string;
  source: string;
}

/**
 * One line of a machine's test; ``ok`` is null where there is nothing to judge. ``then`` is the step that has begun now, ``limit_s`` how long it may take; empty after the last.
 */
export interface ICheck {
  id: string;
  ok: boolean | null;
  value: string;
  problem: string;
  remedy: string;
  required: boolean;
  then: string;
  limit_s: number;
}

/**
 * May I be the one that writes into an open document? ``tab`` names the asker beyond this connection.
 */
export interface IClaim {
  type: 'claim';
  document: string;
  tab: string;
  take?: boolean;
}

/**
 * ``dry_run``: only tell. ``keep_days``: how long runs and environments stay after their end.
 */
export interface IClean {
  dry_run?: boolean;
  keep_days?: number;
}

/**
 * What went from a machine, or would go; ``items`` are the largest of them.
 */
export interface ICleaned {
  machine: string;
  dry_run: boolean;
  bytes: number;
  kinds: ICleanedKind[];
  items: ICleanedItem[];
}

/**
 * One thing that goes; ``title`` is for people.
 */
export interface ICleanedItem {
  kind: string;
  id: string;
  title: string;
  bytes: number;
}

/**
 * How much of one kind goes: ``run``, ``env``, ``blob``, ``part`` or ``runner``.
 */
export interface ICleanedKind {
  kind: string;
  count: number;
  bytes: number;
}

/**
 * A message could not be obeyed.
 */
export interface IErrorItem {
  type: 'error';
  run: string | null;
  error: IErrorReport;
}

/**
 * What every failed request answers.
 */
export interface IErrorReport {
  code: string;
  message: string;
  field: string | null;
  hint: string | null;
}

/**
 * One event of a run's journal, as docs/formats.md has it.
 */
export interface IEvent {
  seq: number;
  event: Record<string, unknown>;
}

/**
 * Events from an offset on; ``next`` is the ``since`` to go on with, ``over`` says that no more will come.
 */
export interface IEventPage {
  events: IEvent[];
  next: number;
  over: boolean;
}

/**
 * Events of a run; ``next`` is the ``since`` to come back with, ``over`` says that no more will come. ``end`` is how far the journal is here: what lies before it comes without waiting for the machine.
 */
export interface IEventsItem {
  type: 'events';
  run: string;
  since: number;
  next: number;
  end: number;
  over: boolean;
  events: IEvent[];
}

/**
 * The notebook that ran with its outputs so far; ``origins`` of a run are those of its preflight.
 */
export interface IExecutedNotebook {
  notebook: Record<string, unknown>;
  missing: IMissing[];
}

/**
 * A folder below the server's root.
 */
export interface IFetchInto {
  folder: string;
  force?: boolean;
}

/**
 * What was written into a folder of the server, and what was not.
 */
export interface IFetchedFiles {
  folder: string;
  notebook: string | null;
  files: string[];
  skipped: IMissing[];
  missing_media: IMissing[];
}

/**
 * What one frame to the tab holds.
 */
export interface IFrame {
  items: (
    | IHelloItem
    | IEventsItem
    | IRunItem
    | IRunRemovedItem
    | IResyncItem
    | IMachineItem
    | IPromptItem
    | IPromptGoneItem
    | ILeaseItem
    | IPongItem
    | IErrorItem
  )[];
}

/**
 * The first: from now on all changes are told.
 */
export interface IHelloItem {
  type: 'hello';
  version: string;
}

/**
 * Whether a document that was claimed is this tab's to write into, now and until told otherwise.
 */
export interface ILeaseItem {
  type: 'lease';
  document: string;
  held: boolean;
}

/**
 * Text from an offset on, as `EventPage`.
 */
export interface ILogPage {
  lines: ITextLine[];
  next: number;
  over: boolean;
}

/**
 * Where runs happen: an alias of the user's ssh_config, an entry of the user's own list, or ``local``.
 */
export interface IMachine {
  name: string;
  host: string | null;
  user: string | null;
  port: number | null;
  identity_file: string | null;
  root: string | null;
  price: number | null;
  currency: string;
  python: string | null;
  transport: string;
  slots: number | null;
  source: string;
}

/**
 * A machine of the own list; null takes a field back to its default.
 */
export interface IMachineFields {
  host?: string | null;
  user?: string | null;
  port?: number | null;
  identity_file?: string | null;
  root?: string | null;
  python?: string | null;
  price?: number | null;
  currency?: string | null;
  slots?: number | null;
  transport?: string | null;
}

/**
 * What is known of a machine changed.
 */
export interface IMachineItem {
  type: 'machine';
  status: IMachineStatus;
}

/**
 * Every machine, and what is wrong with the lists they come from.
 */
export interface IMachineList {
  machines: IMachineView[];
  problems: string[];
}

/**
 * What the last contact with a machine said; ``unreachable_since`` is about the machine, never about its runs.
 */
export interface IMachineStatus {
  name: string;
  last_contact: string | null;
  unreachable_since: string | null;
  why: string | null;
  facts: Record<string, unknown>;
}

/**
 * A machine with what the last contact said.
 */
export interface IMachineView {
  machine: IMachine;
  status: IMachineStatus;
  open_runs: number;
}

/**
 * All metrics of a run by key.
 */
export interface IMetrics {
  series: Record<string, ISeries>;
}

/**
 * Something that could not be had, and why.
 */
export interface IMissing {
  path: string;
  why: string;
}

/**
 * A machine for the own list.
 */
export interface INewMachine {
  name: string;
  host?: string | null;
  user?: string | null;
  port?: number | null;
  identity_file?: string | null;
  root?: string | null;
  python?: string | null;
  price?: number | null;
  currency?: string | null;
  slots?: number | null;
  transport?: string | null;
}

/**
 * A notebook to run. ``notebook`` is a path as Jupyter's contents have it, ``content`` the notebook as it is open. ``id`` is the client's: the same request sent twice starts one run. Texts among ``params`` are read as on the command line. ``first_cell`` is the index of a cell as it is open: code cells before it are skipped, but for those of the parameters.
 */
export interface INewRun {
  notebook: string;
  machine?: string;
  content?: Record<string, unknown> | null;
  params?: Record<string, unknown>;
  project?: string | null;
  environment?: string | null;
  title?: string | null;
  tags?: string[];
  experiment?: string | null;
  time_limit_s?: number | null;
  no_output_limit_s?: number | null;
  allow_errors?: boolean;
  first_cell?: number | null;
  id?: string | null;
}

/**
 * A body without fields.
 */
export type INothing = Record<string, never>;

/**
 * A file the run left behind; ``path`` is relative, POSIX, and passed `safe_name`.
 */
export interface IOutputFile {
  path: string;
  size: number;
  sha256: string | null;
  area: string;
}

/**
 * Whether the tab is hidden: then a frame every ten seconds does.
 */
export interface IPace {
  type: 'pace';
  hidden: boolean;
}

/**
 * One name of the notebook's ``parameters`` cell with its default.
 */
export interface IParameter {
  name: string;
  default: unknown;
  type: string;
}

/**
 * Are you there? Asked after a silence, since a network that went away says nothing.
 */
export interface IPing {
  type: 'ping';
}

/**
 * The answer to a ping.
 */
export interface IPongItem {
  type: 'pong';
}

/**
 * What would travel; nothing has been sent. ``origins`` has each cell's index in the notebook as it is open; ``expected_s`` is how long earlier runs alike took.
 */
export interface IPreflight {
  project: string;
  project_id: string;
  project_found: string;
  notebook: string;
  machine: string;
  files: IOutputFile[];
  files_total: number;
  bytes: number;
  cells: number;
  skipped: number;
  origins: (number | null)[];
  parameters: IParameter[];
  computed: string[];
  software: ISoftwareView;
  expected_s: number | null;
  warnings: string[];
}

/**
 * What the latest run of a project was given.
 */
export interface IProjectDefaults {
  machine: string;
  notebook: string;
  params: Record<string, unknown>;
  environment: string | null;
  experiment: string | null;
  tags: string[];
  time_limit_s: number | null;
  no_output_limit_s: number | null;
  allow_errors: boolean;
}

/**
 * A project and what its next run starts from.
 */
export interface IProjectDetail {
  project: IProjectView;
  defaults: IProjectDefaults;
}

/**
 * A folder that has runs.
 */
export interface IProjectView {
  id: string;
  path: string;
  name: string;
  runs: number;
  last_number: number;
}

/**
 * A question somebody has to answer before a machine can be reached.
 */
export interface IPrompt {
  id: string;
  kind: 'host_key' | 'secret' | 'answers';
  title: string;
  instructions: string;
  host: string;
  key_type: string;
  fingerprint: string;
  fields: IPromptField[];
  seconds: number;
}

/**
 * One thing to fill in; ``echo`` is false for what must not be seen.
 */
export interface IPromptField {
  label: string;
  echo: boolean;
}

/**
 * A question was answered, by whomever, or nobody waits any more.
 */
export interface IPromptGoneItem {
  type: 'prompt_gone';
  id: string;
}

/**
 * A question waits for an answer.
 */
export interface IPromptItem {
  type: 'prompt';
  prompt: IPrompt;
}

/**
 * I write into that document no more.
 */
export interface IRelease {
  type: 'release';
  document: string;
}

/**
 * Too much changed: read the list of runs again.
 */
export interface IResyncItem {
  type: 'resync';
}

/**
 * A single execution; ``id`` is made by the client, ``number`` counts within the project.
 */
export interface IRun {
  id: string;
  number: number;
  project: string;
  notebook: string;
  machine: string;
  title: string;
  experiment: string | null;
  tags: string[];
  notes: string;
  state: RunState;
  reason: string | null;
  exit: Record<string, unknown> | null;
  created: string;
  accepted: string | null;
  started: string | null;
  ended: string | null;
  cancel_requested: string | null;
  cancel_delivered: string | null;
  params: Record<string, unknown>;
  metrics: Record<string, unknown>;
  cells: ICell[];
  environment: Record<string, unknown>;
  bundle: IBundleSummary | null;
  outputs: IOutputFile[];
  progress: Record<string, unknown>;
  peak_memory: number | null;
  rerun_of: string | null;
  price: number | null;
  currency: string;
  cost: number | null;
}

/**
 * What people write about a run; what is left out stays.
 */
export interface IRunChange {
  title?: string | null;
  tags?: string[] | null;
  notes?: string | null;
}

/**
 * A run is new or has changed.
 */
export interface IRunItem {
  type: 'run';
  run: IRunSummary;
}

/**
 * Some of the runs in the order asked for; ``next`` is the ``before`` of the next page.
 */
export interface IRunPage {
  runs: IRunSummary[];
  next: string | null;
}

/**
 * A run was deleted here.
 */
export interface IRunRemovedItem {
  type: 'run_removed';
  run: string;
}

/**
 * The code that a run was given.
 */
export interface IRunSource {
  cells: ICellSource[];
}

/**
 * Where a run stands. The last four are final.
 */
export type RunState =
  | 'queued'
  | 'sending'
  | 'preparing'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'lost';

/**
 * A run as lists show it; ``expected_s``: how long earlier ones like it took, null where none did or it is over.
 */
export interface IRunSummary {
  id: string;
  number: number;
  project: string;
  project_id: string;
  notebook: string;
  path: string | null;
  machine: string;
  title: string;
  experiment: string | null;
  tags: string[];
  notes: string;
  state: RunState;
  reason: string | null;
  created: string;
  accepted: string | null;
  started: string | null;
  ended: string | null;
  cancel_requested: string | null;
  cancel_delivered: string | null;
  cells: number;
  cells_done: number;
  cell_running: number | null;
  cell_failed: number | null;
  params: Record<string, unknown>;
  metrics: Record<string, unknown>;
  progress: Record<string, unknown>;
  outputs: number;
  peak_memory: number | null;
  rerun_of: string | null;
  price: number | null;
  currency: string;
  cost: number | null;
  expected_s: number | null;
}

/**
 * One metric in columns of the same length.
 */
export interface ISeries {
  step: (number | null)[];
  value: unknown[];
  time: number[];
  seq: number[];
}

/**
 * The environment a run would ask for; ``cached``: a late run there had it, null where that is not known.
 */
export interface ISoftwareView {
  kind: string;
  python: string | null;
  packages: number;
  target: string | null;
  digest: string | null;
  cached: boolean | null;
}

/**
 * Which server half answers.
 */
export interface IStatus {
  version: string;
}

/**
 * Tell me the events of a run from an offset on; again with another offset starts over there.
 */
export interface ISubscribe {
  type: 'subscribe';
  run: string;
  since?: number;
}

/**
 * Text a run put out: of a cell, the environment's build, the supervisor or the kernel's process.
 */
export interface ITextLine {
  seq: number;
  time: number | null;
  source: string;
  cell: number | null;
  text: string;
}

/**
 * No more of that run.
 */
export interface IUnsubscribe {
  type: 'unsubscribe';
  run: string;
}
