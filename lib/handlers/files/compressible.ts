/**
 * WHAT ANSWERS: which media types are worth compressing.
 *
 *   compressible        text and what is written like it, fonts and pictures that are plain tables
 *   already compressed  pictures, sound, film, archives: a second time costs time and wins nothing
 *   neither             unknown octets: not compressed here, but somebody may have put a sibling there
 *
 * The subtype's suffix says most of it: `+json` and `+xml` are text, `+zip` and `+gzip` are packed.
 */

const COMPRESSIBLE = new RegExp(
  "^(?:" + [
    "text/.+",
    "[^/]+/[^/]+\\+(?:json|xml|yaml|json-seq)",
    "application/(?:json|json5|json-seq|jsonl|jsonlines|ndjson|x-ndjson|graphql)",
    "application/(?:javascript|x-javascript|ecmascript|typescript|wasm|x-web-app-manifest)",
    "application/(?:xml|xml-dtd|yaml|x-yaml|toml|sql|rtf|postscript|x-tex|x-latex|x-subrip)",
    "application/(?:x-sh|x-csh|x-perl|x-python|x-httpd-php|x-ruby|x-tcl|mbox|n-triples|n-quads|trig)",
    "application/(?:vnd\\.apple\\.mpegurl|x-mpegurl|vnd\\.ms-fontobject)",
    "application/(?:x-font-(?:ttf|otf|truetype|opentype)|font-sfnt)",
    "audio/(?:mpegurl|x-mpegurl)",
    "font/(?:ttf|otf|collection|sfnt)",
    "image/(?:bmp|x-ms-bmp|x-icon|vnd\\.microsoft\\.icon|x-portable-[a-z]+|x-xbitmap|x-xpixmap)",
    "message/.+",
    "model/(?:gltf-binary|iges|mtl|obj|stl|step|vrml)",
  ].join("|") + ")$",
);

const COMPRESSED = new RegExp(
  "^(?:" + [
    "(?:audio|image|video)/.+",
    "[^/]+/[^/]+\\+(?:zip|gzip|zstd)",
    "font/woff2?",
    "application/(?:font-woff2?|pdf|epub\\+zip|java-archive|vnd\\.android\\.package-archive)",
    "application/(?:zip|gzip|x-gzip|zstd|x-brotli|x-bzip2?|x-xz|x-lzma|x-lz4|x-7z-compressed)",
    "application/(?:vnd\\.rar|x-rar-compressed|vnd\\.debian\\.binary-package|x-rpm|x-compress)",
    "application/vnd\\.(?:openxmlformats-officedocument|oasis\\.opendocument)\\..+",
  ].join("|") + ")$",
);

/** Whether content of this type, parameters or not, becomes much smaller when it is compressed. */
export function isCompressible(mediaType: string): boolean {
  return COMPRESSIBLE.test(withoutParameters(mediaType));
}

/** Whether content of this type, parameters or not, is compressed by nature and stays as it is. */
export function isAlreadyCompressed(mediaType: string): boolean {
  const type = withoutParameters(mediaType);
  return COMPRESSED.test(type) && !COMPRESSIBLE.test(type);
}

function withoutParameters(mediaType: string): string {
  return mediaType.split(";", 1)[0]!.trim().toLowerCase();
}
