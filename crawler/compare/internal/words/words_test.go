package words

import "testing"

func TestWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Seconds(0), "0 s"},
		{Seconds(0.0000123), "12.3 µs"},
		{Seconds(0.00999), "9.99 ms"},
		{Seconds(1), "1.00 s"},
		{Seconds(0.9996), "1.00 s"},
		{Seconds(600), "10.0 min"},
		{Seconds(36000), "10.0 h"},
		{Seconds(123.4), "123 s"},
		{Bytes(0), "0 B"},
		{Bytes(999), "999 B"},
		{Bytes(1500), "1.50 kB"},
		{Bytes(20e6), "20.0 MB"},
		{Bytes(3e15), "3000 TB"},
		{Number(0.1), "0.1"},
		{Number(10), "10"},
		{Times(9.81), "9.81 times"},
		{Percent(0.5), "50 %"},
		{Percent(0.999), "99.9 %"},
		{Percent(1), "100 %"},
		{Percent(0.002), "0.2 %"},
		{Percent(0), "0 %"},
		{Plural(1, "host"), "1 host"},
		{Plural(0, "process"), "0 processes"},
		{Plural(2, "URL"), "2 URLs"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
