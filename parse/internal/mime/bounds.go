package mime

// Bounds of sniffing.
const (
	// headerBytes is how much of the body is looked at: the resource header of MIME Sniffing, section 5.
	headerBytes = 1445

	// prologSteps is how many comments, declarations and instructions may stand before the root element of what is
	// looked at; more are no honest page.
	prologSteps = 32
)
