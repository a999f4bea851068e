/** Every cap Galley enforces, by name. Sizes are bytes, times are milliseconds, unless the name says otherwise. */
export const KiB = 1024
export const MiB = 1024 * KiB
const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const watchesPerSocket = 100
const socketEventsPerSecond = 50

export const limits = {
  /** The rendered page, and the source it is rendered from, after any Content-Encoding is taken off. */
  pageBytes: 16 * MiB,
  sourceBytes: 16 * MiB,
  /** A JSON body sent to the API. */
  jsonBytes: 64 * KiB,
  /** Work on a page larger than this (render, hash, compress, delta) leaves the event loop. */
  offLoopBytes: 64 * KiB,
  /** One page's rendering and compressing may take this long, once it has a thread … */
  pressTask: 20 * second,
  /** … for which it waits at most this long. */
  pressWait: 20 * second,
  /** A task on more bytes than this, as they are held, leaves a thread to the others. */
  smallTaskBytes: 256 * KiB,
  /** Two sources are compared for this long; then what stands between their common ends counts as replaced. */
  diffTime: 3 * second,
  /** … and so it does at once in sources of more lines than this. */
  diffLines: 200_000,
  /** Of a diff on screen, drawn at once; … */
  diffRows: 500,
  /** … and of one line. */
  diffLineChars: 1_000,
  /** Pages that wait for a worker thread; more are turned away. */
  pressQueue: 64,
  /** A worker thread without work ends after this. */
  pressIdle: 1 * minute,
  /** Memory of one worker thread's JavaScript heap, in MiB. */
  pressHeapMiB: 1024,
  /** Code in one Markdown page that is highlighted; what is beyond stays plain. */
  highlightChars: 1 * MiB,
  /** Content enters and leaves the store in pieces of this size, so that no single statement blocks for long. */
  pieceBytes: 256 * KiB,
  /** Whoever wants to write waits this long for others who do. */
  storeBusy: 10 * second,
  /** The embedded database's log of what is yet to be written into its file is cut back to this. */
  writeAheadLogBytes: 16 * MiB,
  /** Connections of one node to PostgreSQL: for what is read, and for what is written. */
  storeReaders: 8,
  storeWriters: 6,
  /** A connection, or one that is free, is waited for this long; … */
  storeConnect: 5 * second,
  /** … and so is an answer from somebody who may have vanished: longer than any statement may take. */
  storeAnswer: 10 * second,
  storeStatement: 8 * second,
  /** What others have locked is waited for this long: longer than … */
  storeLock: 6 * second,
  /** … a node that stands still in the middle of a transaction is waited for, before its transaction is undone. */
  storeStill: 3 * second,
  /** PostgreSQL may come up this long after a node that needs it. */
  storeOpening: 30 * second,
  /** … and is asked this often whether it has. */
  storeRetry: 500,
  /** A node that is at a job says this often that it lives, … */
  jobBeat: 5 * second,
  /** … and has lost it when it has not for this long. */
  jobHeld: 20 * second,
  /** Compressed pages kept in memory by one node. */
  pageCacheBytes: 256 * MiB,
  /** Deltas kept in memory by one node. */
  deltaCacheBytes: 32 * MiB,
  /** … and both for so long at most. */
  contentCached: 1 * hour,
  /** Deleted artifacts that one node remembers, longer than anything read before may still be on its way. */
  forgottenArtifacts: 10_000,
  /** A delta at most this long when deflated travels inside the `version` event; a longer one is fetched. */
  inlineDeltaBytes: 16 * KiB,

  titleChars: 200,
  descriptionChars: 2_000,
  noteChars: 1_000,
  /** One emoji can be many code points (flags, families, skin tones). */
  iconChars: 32,
  provenanceChars: 500,
  nameChars: 200,
  groupChars: 200,
  /** People, and groups, that one artifact is shared with by name. */
  grants: 500,
  /** `PUT …/sharing` with as many of both as may be, and long names. */
  sharingBytes: 1 * MiB,
  /** Of the directory, offered for what was typed. */
  peopleFound: 20,
  /** Requests for one artifact that wait for an answer; more are turned away. */
  accessRequests: 200,
  emailChars: 320,
  idempotencyKeyChars: 200,
  idempotencyKept: 1 * day,
  pageSize: 50,
  pageSizeMax: 100,
  /** Of the place in a list that a caller hands back: a title may be in it. */
  cursorChars: 2_000,
  /** Lint warnings named in one answer; the rest are counted. */
  warnings: 50,

  /** The browser's session JWT is short, and renewed against its row. */
  sessionToken: 15 * minute,
  session: 30 * day,
  signInLink: 1 * day,
  /** From leaving for the identity provider to coming back from it. */
  signInAttempt: 15 * minute,
  /** The identity provider's own answers are waited for this long. */
  providerAnswer: 10 * second,
  /** Groups that the identity provider may say somebody is in; more are not kept. */
  groupsOfMember: 500,
  /** … and organisations. */
  orgsOfPerson: 20,
  /** The address that somebody is taken back to from there: all of the attempt fits into a cookie. */
  nextChars: 1_500,
  accessTokenDefault: 30 * day,
  accessTokenMax: 366 * day,
  /** The token that `galley login` brings. */
  loginToken: 90 * day,
  /** RFC 8628 §3.2: how long a code may be typed, and how far apart a device may ask. */
  deviceCode: 10 * minute,
  devicePoll: 5 * second,
  /** It asks for the first time after this. */
  devicePollFirst: 1 * second,
  /** A device that has lost the network asks less and less often, but not less often than this. */
  devicePollMost: 30 * second,
  /** One of its questions, and others that are as small, are waited for this long. */
  deviceAnswer: 15 * second,
  /** Codes of one address that wait to be typed; more are turned away. */
  deviceCodesPerAddress: 20,
  /** What a device sends, as a form, when it asks. */
  deviceRequestBytes: 4 * KiB,
  /** Of what somebody types as a code, with whatever stands between its letters. */
  userCodeChars: 40,
  clockTolerance: 30 * second,
  /** The clocks of nodes may differ by this: what one that is ahead has signed is good at the others, if its row is. */
  clocksApart: 15 * minute,
  /** A cookie's or header's JWT is far shorter; a longer one is not even hashed. */
  credentialChars: 4_096,
  signInSecretChars: 200,
  /** What the audit log keeps of a User-Agent. */
  userAgentChars: 500,
  /** Digits of a version number that is looked for. */
  versionDigits: 9,
  /** Tokens signed by unknown keys make a node read the signing keys again at most this often … */
  signingKeysRetry: 1 * second,
  /** … and without any, a node learns this late that another key signs now. */
  signingKeysKept: 1 * minute,

  /** A page being published must have arrived within this time, … */
  uploadDeadline: 2 * minute,
  /** … a JSON body, which is small and needs no sign-in, within this. */
  jsonDeadline: 10 * second,
  /** Of the id that a proxy gives a request. */
  requestIdChars: 64,
  /** Of a request, its address with it: that of the compliance API names 500 organisations and 400 people, percent-encoded. */
  headBytes: 64 * KiB,
  /** A request's head must be complete within this time. */
  headDeadline: 15 * second,
  /** What still arrives of a refused body is thrown away for this long, so that the sender gets to read the refusal. */
  refusedBodyLinger: 5 * second,
  /** An idle connection is kept for this long: longer than the usual proxy keeps its side. */
  keepAlive: 75 * second,
  connections: 20_000,
  /** Pages being published at once by one node, in bytes held; what one organisation may hold of it; and how many pages. */
  uploadBudgetBytes: 256 * MiB,
  uploadBytesPerOrg: 192 * MiB,
  uploadsPerOrg: 48,
  /** The same for JSON bodies, of one organisation or, before anybody has said who they are, of one address. */
  jsonBudgetBytes: 8 * MiB,
  jsonBytesPerCaller: 1 * MiB,
  jsonPerCaller: 256,
  /** A JSON body sent by somebody who is not signed in: a sign-in link's secret. */
  signInBytes: 1 * KiB,

  /**
   * Quotas: how often, or with how much, somebody may come in such a window. They are there for what runs away, and no
   * honest use comes near. Counted over all nodes; short, so that whoever met one can wait it out, as publishers do.
   * Opening a live connection has none: after a node's death everybody comes back at once, and has to.
   */
  quotaWindow: 10 * second,
  /** With one session or access token: a wall of 300 screens behind one token, and all fetch a new version each second. */
  requestsPerCredential: 3_000,
  /** … a CI matrix of 50 jobs, begun together, with all their tries, on top of agents that publish each second. */
  publishesPerCredential: 600,
  /** … and 300 such agents in one organisation. */
  publishesPerOrg: 3_000,
  /** That CI matrix, all its pages as large as they may be. */
  uploadedBytesPerOrg: 1_024 * MiB,
  /** One address may fail to prove who it is this often in its window: 300 people whose sessions have just ended … */
  failedProofs: 600,
  /** … and one member may try so many codes, which are short enough to be guessed. */
  codesTried: 60,
  failedProofsWindow: 1 * minute,
  /** To the compliance API in its window, with all keys of one organisation: as published. */
  complianceRequests: 600,
  complianceWindow: 1 * minute,
  /** Of each quota, those whom one node counts for by itself; beyond that, those who came last. */
  quotaKeys: 10_000,
  /** Redis, which counts for all nodes, is waited for this long; then this node counts by itself, … */
  quotaAnswer: 150,
  /** … and asks Redis again after this. */
  quotaRest: 1 * second,

  /** What a client may say over its socket is tiny. */
  socketMessageBytes: 16 * KiB,
  watchesPerSocket,
  /** Of an id or epoch that a client sends. */
  idChars: 64,
  /** A socket that has not said who it is by then is closed. */
  socketHandshake: 10 * second,
  /** Sockets that are let in, or answered, at once by one node: its share of what the database does at once … */
  arrivalsAtOnce: 8,
  /** … and those that wait to be let in: fewer than come in within `socketHandshake`. More are to come back later. */
  arrivalsWaiting: 1_000,
  /** … and one at least comes in after so many answers to those who are in. */
  answersForArrival: 4,
  /**
   * Messages that wait for a client which does not read; one more, and it is cut. All its artifacts may be deleted at
   * once, while a second's questions are answered: who reads is not cut for that.
   */
  socketBacklog: watchesPerSocket + socketEventsPerSecond + 10,
  /** A client may send this many messages a second before it is cut. */
  socketEventsPerSecond,
  /** Two events of one room are at least this far apart; what falls between is conflated to the newest. */
  conflation: 100,
  /** … and two tellings of how many people watch, longer by a millisecond for each of them. */
  presence: 1 * second,
  /** One node names so many of a page's people to the others; of more it says how many, … */
  presenceNamed: 100,
  /** … together with what else it has to say of its people within this, … */
  presenceGathered: 50,
  /** … in messages of some so many pages and names. */
  presenceWord: 1_000,
  /** Each node lets the others know this often that it is there … */
  nodeSign: 2.5 * second,
  /** … and is gone when so many such signs were not heard. */
  nodeSignsMissed: 4,
  /** What other nodes say makes a node ask at most this often whether the database was restored. */
  epochRead: 1 * second,
  /** Somebody's looking at a version counts once in this time, … */
  lookCounted: 30 * minute,
  /** … and a list's picture of it in this time; … */
  previewCounted: 24 * hour,
  /** … for as many as a node remembers; … */
  looksRemembered: 100_000,
  /** … as long as no more than these wait to be kept … */
  looksWaiting: 10_000,
  /** … together with others, this often. */
  looksKept: 1 * second,
  /** … and two hints that a member's gallery has changed. */
  galleryConflation: 500,
  /** … and within this time all lists open on a node are read anew, where hints may have been lost. */
  galleryRepair: 5 * second,
  /** The answer to `watchGallery` goes without what the database has not said by then. */
  barredRead: 500,
  /** An announcement, or the answer to `watch`, waits this long for its delta to be made, and then goes without. */
  inlineDeltaWait: 500,
  /** Each node compares the rooms it holds with the database this often. */
  reconcile: 5 * second,
  /** … and as often as this while the database is away. */
  reconcileRetry: 1 * second,
  /** By way of Redis each node says something to itself this often, … */
  redisHeartbeat: 1 * second,
  /** … and connects anew when it has not heard it for this long: when Redis, or the way to it, is slower than that. */
  redisSilence: 5 * second,
  /** Redis has this long to let a node in, and to answer when it says what it wants to hear. */
  redisAnswer: 5 * second,
  /** A Redis out of reach is tried again after this, and twice that each time after … */
  redisRetry: 100,
  /** … but no later than this. */
  redisRetryMost: 2 * second,
  /** Commands that wait for Redis's answer; one more is not sent. */
  redisUnanswered: 5_000,
  /** A message from another node that is longer is not read: a page shared with limits.grants people and groups has the longest. */
  announcementBytes: 1 * MiB,
  /** A viewer asks what is current this often, with jitter, whatever it has heard. */
  currentPoll: 45 * second,
  /** Who has asked to be let in looks this often whether they are. */
  accessPoll: 5 * second,
  /** With many viewers, those that must fetch a body wait a random part of this first. */
  fetchSpread: 2 * second,
  fetchSpreadViewers: 20,
  reconnectMin: 500,
  reconnectMax: 8 * second,
  pingTimeout: 2 * second,
  /** Connects that fail in a row before it is asked whether only the socket is blocked. */
  blockedAfter: 3,
  /** … and after so many this page counts as outdated when the next one meets a server of another version. */
  outdatedAfter: 2,
  /** It loads itself anew after a random part of this, for it is not the only one, … */
  renewalSpread: 5 * second,
  /** … but not before it is so old. */
  renewalAge: 2 * minute,
  /** Where the socket is blocked: what is current is asked for this often instead. */
  blockedPoll: 5 * second,
  /** Downloads that fail in a row before the viewer is told. */
  missesUntold: 3,
  /** A download's progress is shown once it has taken this long. */
  progressAfter: 1 * second,
  /** At shutdown viewers are asked to come back after a random part of this. */
  drainSpread: 3 * second,
  /** … and requests under way have this long to be answered. */
  lastRequests: 4 * second,
  /** A node that is asked to stop has stopped after this, … */
  shutdown: 10 * second,
  /** … and after what GALLEY_DRAIN_NOTICE asks for, which may be this long. */
  drainNotice: 60 * second,
  /** A node that has had no answer from its store for this long is not ready. */
  storeProbe: 2 * second,

  /** A watched file is looked at this often; what has changed from one look to the next may still be being written. */
  fileLook: 100,
  /** … and is gone when it is not there for this long: saving may take it away for a moment. */
  fileGone: 2 * second,
  /** A server out of reach is tried this long after the last try. */
  watchRetry: 5 * second,
  /** A publish under way may take this long when watching is to end. */
  lastPublish: 10 * second,

  /** A new version waits this long for the viewer to finish (dragging, composing, selecting …) before it is shown all the same. */
  swapPutOff: 5 * second,
  /** The spare frame has this long to become ready; then one retry, then a visible error. */
  swapReady: 8 * second,
  /** The new frame lies over the old one for this long before the old one goes. */
  swapHold: 100,
  /** An answer that the old frame owes and has not given by then is done without. */
  frameAnswer: 1 * second,
  /** … but for what the viewer did, which would be lost. Until then the old frame is shown. */
  frameState: 4 * second,
  /** A page that leaves its frame before so long is built again only after that, and twice that the next time … */
  rebuildPause: 1 * second,
  /** … but never longer. */
  rebuildPauseMost: 16 * second,
  /** While a swap is put off the frame is asked this often whether the viewer is done. */
  frameBusyPoll: 100,
  /** CSS pixels: no higher page is believed in. */
  frameHeight: 10_000_000,
  /** Messages a page may send the viewer in a second before its port is closed. */
  frameMessagesPerSecond: 100,
  /** A file that a page saves through the viewer. */
  savedFileBytes: 64 * MiB,
  linkChars: 8_192,

  /** A page being published is sent in pieces of this size, so that it can be told how far it is, … */
  sendPieceBytes: 64 * KiB,
  /** … compressed when it is larger than this, … */
  sendPackedBytes: 64 * KiB,
  /** … so many times, as long as there is no answer, … */
  sendTries: 4,
  /** … the first two so far apart, and twice that each time after, … */
  sendRetry: 500,
  /** … or as far as a server asks for that is busy, but no further than this. */
  sendRetryMost: 30 * second,
  /** One try may take this long: longer than the server waits for the page, and then works on it. */
  sendTry: 3 * minute,
  /** What git knows of a file that is published is waited for this long. */
  git: 2 * second,

  /** A gallery draws stills of the pages in sight: so many at once, … */
  stills: 8,
  /** … of none larger than this, … */
  stillBytes: 1 * MiB,
  /** … once scrolling has rested for this long, … */
  stillRest: 120,
  /** … and of one that keeps changing no oftener than this. */
  stillAgain: 5 * second,
  /** What is typed is searched for once it has rested for this long. */
  searchRest: 150,
  /** Beside a page just deleted, an undo is offered for this long. */
  undoOffered: 10 * second,
  /** A deleted artifact's content is erased after this. */
  deletedKept: 1 * day,
  /** An artifact whose retention is over can be taken back for this long, then it is erased. */
  retentionGrace: 7 * day,
  /** Its author is told this long before. */
  expiryTold: 7 * day,
  /** Retention is looked after this often. */
  retention: 1 * hour,
  retentionDaysMost: 36_500,
  /** Artifacts that one transaction of it deletes: each takes several statements, and everybody who publishes waits for all. */
  retentionBatch: 50,
  /** Custom roles of an organisation, and groups that carry one of them. */
  roles: 100,
  groupsOfRole: 50,
  roleNameChars: 100,
  /** Rows of the audit log read at once for an export. */
  auditBatch: 1_000,
  complianceKeys: 100,
  /** Asked of the compliance API at once: artifacts, … */
  compliancePage: 20,
  compliancePageMost: 100,
  /** … the newest versions of each, … */
  complianceVersions: 20,
  /** … and activities; … */
  activities: 100,
  activitiesMost: 5_000,
  /** … and what they may be narrowed to. */
  complianceOrgs: 500,
  compliancePeople: 200,
  activityTypes: 100,
  /** Content that no version names is swept after this: a publish that was cut off. */
  unnamedContentKept: 1 * hour,
  /** Rows of sessions, tokens and links are swept this long after they expired. */
  expiredCredentialsKept: 30 * day,
  sweep: 1 * hour,
  /** The embedded database is written anew this often, if anything was erased. */
  compaction: 1 * day,
  /** Each node looks this often, a half more or less, whether a job is due that no other one is at. */
  jobLook: 1 * minute,
} as const

/** Those that the script in a viewer's frame keeps: apart, so that it carries no others. */
export const frameLimits = {
  /** A page counts as loaded this long after it was parsed, even when its images or fonts are still being decoded. */
  frameLoad: 500,
  /** … and this long after it was written, even when it has stopped its own parsing or waits for itself. */
  frameWritten: 3 * second,
  /** What one frame may hand to the next. */
  frameStateChars: 2 * MiB,
  /** … and of that, what was put into fields. */
  frameFieldsChars: 1 * MiB,
  /** What a page may store for its next versions: a tenth of what it could at an address of its own. */
  frameStorageChars: 1 * MiB,
  frameHashChars: 8_192,
  /** After a key, the wheel or a touch the viewer counts as being in the middle of something for this long. */
  frameActivity: 150,
  /** The height of a page that grows is told at most this often. */
  frameHeightEvery: 250,
} as const
