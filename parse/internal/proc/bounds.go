package proc

import "time"

// startQueue is how many starts may wait for the thread that starts processes: one caller more than that waits itself.
const startQueue = 16

// maxStat is more bytes than /proc/PID/statm has: seven numbers.
const maxStat = 256

// maxInherited is the highest descriptor that is looked at for being inherited. Shells and supervisors pass low ones, and
// the directory that lists all of them is not open to a confined process.
const maxInherited = 1023

// hugePage is the size in bytes of a huge page on the common processors, to which addresses are rounded up; one that has
// other sizes loses nothing.
const hugePage = 2 << 20

// pollAtOnce is how many descriptors are looked at in one call: a number that any limit on open files allows.
const pollAtOnce = 128

// guardPatience is how long a guard may take to read a list; it has nothing else to do.
const guardPatience = 100 * time.Millisecond
