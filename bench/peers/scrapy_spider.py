"""A Scrapy spider as its users write it: follows all links of its host and stores an item for each page."""

import urllib.parse

import scrapy


class Site(scrapy.Spider):
    name = "site"

    def __init__(self, url):
        super().__init__()
        self.start_urls = [url]
        self.allowed_domains = [urllib.parse.urlsplit(url).hostname]

    def parse(self, response):
        links = response.css("a::attr(href)").getall()
        yield {"url": response.url, "status": response.status, "title": response.css("title::text").get(), "links": links}
        yield from response.follow_all(links, self.parse)
