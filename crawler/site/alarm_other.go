//go:build !linux

package site

import "time"

// alarm is what Linux has: elsewhere the runtime's timers wake.
type alarm struct{}

func newAlarm() *alarm { return nil }

func (*alarm) after(time.Duration) <-chan struct{} { return nil }
func (*alarm) run()                                {}
func (*alarm) close()                              {}
