// Package sink keeps files and results in bbolt, and writes them out.
//
// A store is a directory:
//
//	state.db            bbolt. One writer: whoever holds the Store.
//	  meta              "format" -> version; "created", "seed" (16 random bytes, the key of the URL fingerprints), counters,
//	                    "bodies" -> watermark: file number and last sequence that a committed record may name;
//	                    every value ends in a CRC32C over its key and itself
//	  records           sequence (8, big-endian) -> record    in the order in which they came: new ones are appended
//	  places            ID / placeBlock (8) -> sequences of the records of that many IDs; reading goes by ID, which is the
//	                    list's order, and stable (see recordTree)
//	  digests           SHA-256 (32) -> BodyRef               content addressing: the same bytes once
//	  digests.fresh     rising number (8) -> digests of one batch on their way to digests (see fresh)
//	  (other buckets belong to the frontier's engine, which is handed the same transaction)
//	bodies-000001.db    bbolt, append-only, rolled by size; a file that was rolled is never written again
//	  meta              "format", and "seed" of the store that it belongs to, as above
//	  bodies            sequence of the first (8, big-endian) -> bucket with one segment: an index (size and CRC32C of each)
//	                    and the bodies of a transaction up to inlineBody, end to end
//	  chunks            sequence (8) chunk number (4) -> bytes  of bodies above inlineBody, ChunkSize each
//	parts/ID.part       what has come of a large body that is not committed: checksummed frames, never synced (Spool)
//
// A batch commits in this order: bodies (one transaction in the newest body file; several when there is much), then records, digests, the watermark
// and whatever the caller adds, in one transaction of state.db. A crash between the two leaves bodies above the
// watermark, which the next start takes out. So a record never names a body that is not there.
//
// Every record and every segment carries a format version, and every record and every body a CRC32C, because bbolt has no checksums of its own. A
// damaged file can make bbolt panic or read outside its map: files are looked at with plain reads (QuickCheck) before
// bbolt may open them, and what faults later in spite of that comes back as ErrDamaged.
package sink
