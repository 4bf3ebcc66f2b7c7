package mime

import (
	"strings"
	"testing"
)

func TestSniff(t *testing.T) {
	const octets = "application/octet-stream"
	for _, c := range []struct{ header, body, want string }{
		{"text/html", "<p>x", "text/html"},
		{"TEXT/HTML; charset=x", "anything", "text/html"},
		{"text/html, text/html;charset=utf-8", "", "text/html"},
		{"text/html", "\xFF\xD8\xFF\xE0", "text/html"},
		{"text/html", "<?xml version='1.0'?><!-- c --><rss version='2.0'>", "application/rss+xml"},
		{"text/html", "<feed xmlns='x'>", "application/atom+xml"},
		{"text/plain", "<!DOCTYPE HTML><title>x", "text/html"},
		{"text/plain; charset=utf-8", "\xEF\xBB\xBF \n<html lang=en>", "text/html"},
		{"text/plain", "<p>an example", "text/plain"},
		{"text/plain", "\x89PNG\r\n\x1A\n", "image/png"},
		{"text/plain", "caf\xE9", "text/plain"},
		{"", "", "text/plain"},
		{"", "  <!-- x --><HTML>", "text/html"},
		{"", "<!-- x -->", "text/html"},
		{"", "<div class=x>", "text/html"},
		{"", "<divan>", "text/plain"},
		{"nonsense", "<title>x</title>", "text/html"},
		{"", "<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html xmlns='y'>", "application/xhtml+xml"},
		{"", "<?xml version='1.0'?><urlset>", "text/xml"},
		{"", "<?xml version='1.0'?><svg xmlns='x'>", "image/svg+xml"},
		{"image/png", "<svg xmlns='x'>", "image/svg+xml"},
		{"image/svg+xml", "\x89PNG\r\n\x1A\n", "image/svg+xml"},
		{"image/png", "\xFF\xD8\xFF\xE0", "image/jpeg"},
		{"image/png", "nonsense", "image/png"},
		{octets, "GIF89a", "image/gif"},
		{octets, "RIFF\x10\x00\x00\x00WEBPVP8L", "image/webp"},
		{octets, "\x00\x00\x00\x1Cftypavif\x00\x00\x00\x00avifmif1", "image/avif"},
		{octets, "\x00\x00\x00\x1Cftypmif1\x00\x00\x00\x00avifmif1", "image/avif"},
		{octets, "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "image/heic"},
		{octets, "\x00\x00\x01\x00\x01\x00", "image/x-icon"},
		{octets, "BM\x10\x00\x00\x00\x00\x00\x00\x00", "image/bmp"},
		{octets, "BM stands for", "text/plain"},
		{octets, "%PDF-1.7", "application/pdf"},
		{octets, "\x00\x01\x02\x03", octets},
		{"", `{"a": 1}`, "application/json"},
		{"application/pdf", "<html>", "application/pdf"},
		{"video/mp4", "\x00", "video/mp4"},
	} {
		if got := Sniff(c.header, []byte(c.body)); got != c.want {
			t.Errorf("Sniff(%q, %q) = %s, want %s", c.header, c.body, got, c.want)
		}
	}
}

func FuzzSniff(f *testing.F) {
	for _, s := range []string{"<?xml", "<!--", "<rdf:RDF ", "\x00\x00\x00\x0Cftyp", "RIFF", "BM", "\xEF\xBB\xBF<", "<!doctype html"} {
		f.Add("", []byte(s))
		f.Add("image/png", []byte(s))
		f.Add("text/plain", []byte(s))
	}
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		if got := Sniff(header, body); strings.IndexByte(got, '/') < 0 || strings.ContainsAny(got, "; ,") {
			t.Errorf("%q is no essence", got)
		}
	})
}

func BenchmarkSniff(b *testing.B) {
	body := []byte("<!DOCTYPE html><html><head><title>x</title>" + strings.Repeat("<p>some text", 1000))
	for name, header := range map[string]string{"html": "text/html; charset=utf-8", "plain": "text/plain", "none": ""} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Sniff(header, body)
			}
		})
	}
}
