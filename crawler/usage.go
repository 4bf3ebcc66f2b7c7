package crawler

// since gives what was used after old; maxRSS is the peak of the process.
func (u usage) since(old usage) usage {
	return usage{user: u.user - old.user, system: u.system - old.system, children: u.children - old.children, maxRSS: u.maxRSS}
}

func (u usage) cpu() CPU {
	return CPU{User: u.user.Seconds(), System: u.system.Seconds(), Children: u.children.Seconds()}
}
