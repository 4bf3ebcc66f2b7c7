package manifest

// maxColumns of lists, in one manifest: each is a column of a CSV, and is kept in memory. A list has at most 256, and a
// store may have been fed by several.
const maxColumns = 1 << 10
