package words

import "testing"

func TestBytes(t *testing.T) {
	for _, c := range []struct {
		n    int64
		want string
	}{
		{0, "0 B"},
		{1, "1 B"},
		{999, "999 B"},
		{1000, "1.0 kB"},
		{1440, "1.4 kB"},
		{999_499, "999.5 kB"},
		{999_999, "1.0 MB"},
		{7_939_861, "7.9 MB"},
		{3_200_000_000, "3.2 GB"},
		{1 << 62, "4611686.0 TB"},
	} {
		if got := Bytes(c.n); got != c.want {
			t.Errorf("Bytes(%d) = %q, want %q", c.n, got, c.want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1000: "1,000", -1000: "-1,000", -100: "-100", 1_234_567: "1,234,567",
	} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

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
