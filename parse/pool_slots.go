package parse

// Slots is the number of documents that keep the Pool busy: a batch in the hands of each worker, and one that waits for it.
func (p *Pool) Slots() int { return 2 * p.o.Workers * p.o.BatchDocs }

// Ready reports whether there is a worker now that has said hello.
func (p *Pool) Ready() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.alive > 0
}

// Files is how many files the Pool has open in this process for its workers, those that replace others included.
func (p *Pool) Files() int { return workerFiles * p.o.Workers }
