package manifest

// maxColumns of lists, in one manifest: each is a column of a CSV, and is kept in memory. A list has at most 256, and a
// store may have been fed by several.
const maxColumns = 1 << 10

// maxHead (bytes) of a file that is looked at to tell whether it is a manifest: the first keys of a row, among them a URL
// of 64 KiB at most and a path, with all their bytes escaped.
const maxHead = 1 << 20
