package slack

// Slack's limits, in characters, from the Block Kit reference (docs.slack.dev,
// read November 2026). Where a text's width is held against one of them, it is
// width that counts at least as much as Slack does; see [width].
const (
	maxMessageBlocks = 50
	maxViewBlocks    = 100
	maxSection       = 3000
	maxHeader        = 150
	maxButton        = 75
	maxValue         = 2000
	maxAddress       = 3000 // of a button that leads somewhere
	maxID            = 255  // action_id, block_id and callback_id
	maxActions       = 25   // elements of one actions block
	maxOption        = 75   // an option's text; its value may have 150, and Slack's own types say 75
	maxOptions       = 100  // of a select
	maxPlaceholder   = 150
	maxLabel         = 2000 // of an input, and its hint
	maxInput         = 3000
	maxTitle         = 24 // of a modal, and its buttons
	maxMetadata      = 3000
	maxConfirmTitle  = 100
	maxConfirmText   = 300
	maxConfirmButton = 30

	// maxText is for what stands for a message in notifications. Slack cuts at
	// 40,000, and recommends, and enforces for edits, 4,000.
	maxText = 3800

	// maxTotal is for all blocks of a message together. Slack refuses messages
	// from about 13,200 characters on, which is documented nowhere, and counts
	// more than the text (bolt-js issue 2509; issue 2867 saw 11,341 characters of
	// text refused). Blocks are counted here as the JSON that carries them.
	maxTotal = 10000

	// maxView is the same for a modal or App Home, which may have 250 KB; what
	// nobody reads to the end is cut long before that.
	maxView = 60000

	// overhead is what Slack adds to a block that it keeps: an id, and its frame.
	overhead = 40
)
