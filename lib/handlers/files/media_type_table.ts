/**
 * WHAT ANSWERS: which extension means which media type.
 *
 * A table of our own, so that the same folder gets the same types on every machine. The types are those of
 * IANA's registry, and where it has none the name that browsers and servers have agreed upon.
 *
 * Sources and configurations are `text/plain`, so that a click shows them: a browser downloads a
 * type that it does not know. That is also what decides where one extension has two meanings. A `.ts`
 * is TypeScript here and not a piece of an MPEG stream: players tell those by their octets, a
 * reader of the source could do nothing with a download; and never JavaScript, which it is not.
 * `--mime .ts=video/mp2t` decides otherwise. `.svgz` is gzip: as an image it would need a coding.
 */

/** Media types without parameters, and the extensions that mean them: lower case, without the dot. */
const EXTENSIONS_BY_TYPE: Readonly<Record<string, string>> = {
  // Pages, and what they are made of.
  "text/html": "html htm shtml",
  "application/xhtml+xml": "xhtml xht",
  "text/css": "css",
  "text/javascript": "js mjs cjs",
  "application/wasm": "wasm",
  "application/manifest+json": "webmanifest",
  "text/cache-manifest": "appcache",
  "text/vtt": "vtt",

  // Data.
  "application/json": "json map topojson har avsc",
  "application/ld+json": "jsonld",
  "application/geo+json": "geojson",
  "application/schema+json": "jsonschema",
  "application/importmap+json": "importmap",
  "application/json5": "json5",
  "application/jsonl": "jsonl",
  "application/x-ndjson": "ndjson",
  "application/x-ipynb+json": "ipynb",
  "application/xml": "xml xsd rng opml plist resx",
  "application/xml-dtd": "dtd",
  "application/xslt+xml": "xsl xslt",
  "application/rss+xml": "rss",
  "application/atom+xml": "atom",
  "application/rdf+xml": "rdf owl",
  "application/mathml+xml": "mathml mml",
  "application/smil+xml": "smil smi",
  "application/ttml+xml": "ttml dfxp",
  "application/wsdl+xml": "wsdl",
  "application/xliff+xml": "xlf",
  "application/xspf+xml": "xspf",
  "application/gpx+xml": "gpx",
  "application/vnd.google-earth.kml+xml": "kml",
  "application/vnd.google-earth.kmz": "kmz",
  "text/turtle": "ttl",
  "application/n-triples": "nt",
  "application/n-quads": "nq",
  "application/trig": "trig",
  "application/sparql-query": "rq sparql",
  "application/yaml": "yaml yml",
  "application/toml": "toml",
  "application/sql": "sql",
  "text/csv": "csv",
  "text/tab-separated-values": "tsv",
  "text/calendar": "ics ifb",
  "text/vcard": "vcf vcard",
  "application/vnd.sqlite3": "sqlite sqlite3",
  "application/vnd.apache.parquet": "parquet",
  "application/vnd.apache.arrow.file": "arrow feather",
  "application/vnd.apache.arrow.stream": "arrows",
  "application/vnd.mapbox-vector-tile": "mvt",
  "application/vnd.pmtiles": "pmtiles",
  "application/x-protobuf": "pbf",
  "application/cbor": "cbor",
  "application/x-hdf5": "h5 hdf5",
  "application/warc": "warc",

  // Pictures.
  "image/png": "png",
  "image/apng": "apng",
  "image/jpeg": "jpg jpeg jpe jfif pjpeg pjp",
  "image/gif": "gif",
  "image/webp": "webp",
  "image/avif": "avif avifs",
  "image/jxl": "jxl",
  "image/heic": "heic hif",
  "image/heic-sequence": "heics",
  "image/heif": "heif",
  "image/heif-sequence": "heifs",
  "image/svg+xml": "svg",
  "image/vnd.microsoft.icon": "ico cur",
  "image/bmp": "bmp dib",
  "image/tiff": "tif tiff",
  "image/jp2": "jp2 jpg2",
  "image/jpx": "jpx jpf",
  "image/jpm": "jpm",
  "image/ktx": "ktx",
  "image/ktx2": "ktx2",
  "image/vnd.ms-dds": "dds",
  "image/vnd.radiance": "hdr",
  "image/x-exr": "exr",
  "image/x-tga": "tga",
  "image/x-adobe-dng": "dng",
  "image/vnd.adobe.photoshop": "psd",
  "image/x-xcf": "xcf",
  "image/vnd.djvu": "djvu djv",
  "image/vnd.wap.wbmp": "wbmp",
  "image/emf": "emf",
  "image/wmf": "wmf",
  "image/x-portable-anymap": "pnm",
  "image/x-portable-bitmap": "pbm",
  "image/x-portable-graymap": "pgm",
  "image/x-portable-pixmap": "ppm",

  // Fonts.
  "font/woff2": "woff2",
  "font/woff": "woff",
  "font/ttf": "ttf",
  "font/otf": "otf",
  "font/collection": "ttc otc",
  "application/vnd.ms-fontobject": "eot",

  // Sound.
  "audio/mpeg": "mp3 mp2 mpga",
  "audio/mp4": "m4a m4b mp4a cmfa",
  "audio/aac": "aac adts",
  "audio/ogg": "oga ogg opus spx",
  "audio/flac": "flac",
  "audio/wav": "wav",
  "audio/webm": "weba",
  "audio/matroska": "mka",
  "audio/midi": "mid midi kar rmi",
  "audio/aiff": "aif aiff aifc",
  "audio/x-caf": "caf",
  "audio/ac3": "ac3",
  "audio/eac3": "eac3",
  "audio/amr": "amr",
  "audio/x-ms-wma": "wma",
  "audio/mpegurl": "m3u",
  "audio/x-scpls": "pls",

  // Moving pictures.
  "video/mp4": "mp4 m4v mp4v mpg4 cmfv",
  "video/iso.segment": "m4s",
  "application/mp4": "cmft mp4s",
  "application/vnd.apple.mpegurl": "m3u8",
  "application/dash+xml": "mpd",
  "video/webm": "webm",
  "video/ogg": "ogv",
  "application/ogg": "ogx",
  "video/quicktime": "mov qt",
  "video/matroska": "mkv",
  "video/matroska-3d": "mk3d",
  "video/mp2t": "m2ts m2t",
  "video/mpeg": "mpg mpeg mpe m1v m2v",
  "video/3gpp": "3gp 3gpp",
  "video/3gpp2": "3g2 3gpp2",
  "video/x-msvideo": "avi",
  "video/x-ms-wmv": "wmv",
  "video/x-ms-asf": "asf asx",
  "video/x-flv": "flv",
  "application/mxf": "mxf",

  // Documents.
  "application/pdf": "pdf",
  "application/epub+zip": "epub",
  "application/rtf": "rtf",
  "application/postscript": "ps eps ai",
  "application/msword": "doc dot",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.template": "dotx",
  "application/vnd.ms-excel": "xls xlt",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.template": "xltx",
  "application/vnd.ms-powerpoint": "ppt pps pot",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
  "application/vnd.openxmlformats-officedocument.presentationml.slideshow": "ppsx",
  "application/vnd.ms-outlook": "msg",
  "application/vnd.visio": "vsd",
  "application/vnd.oasis.opendocument.text": "odt",
  "application/vnd.oasis.opendocument.spreadsheet": "ods",
  "application/vnd.oasis.opendocument.presentation": "odp",
  "application/vnd.oasis.opendocument.graphics": "odg",
  "application/vnd.oasis.opendocument.formula": "odf",
  "application/vnd.apple.pages": "pages",
  "application/vnd.apple.numbers": "numbers",
  "application/vnd.apple.keynote": "keynote",
  "application/oxps": "oxps",
  "application/vnd.ms-xpsdocument": "xps",
  "application/x-mobipocket-ebook": "mobi prc",
  "application/vnd.amazon.ebook": "azw azw3",
  "application/vnd.comicbook+zip": "cbz",
  "application/vnd.comicbook-rar": "cbr",
  "message/rfc822": "eml mht mhtml",
  "application/mbox": "mbox",

  // Models.
  "model/gltf-binary": "glb",
  "model/gltf+json": "gltf",
  "model/3mf": "3mf",
  "model/obj": "obj",
  "model/mtl": "mtl",
  "model/stl": "stl",
  "model/step": "step stp",
  "model/iges": "iges igs",
  "model/vrml": "wrl vrml",
  "model/x3d+xml": "x3d",
  "model/vnd.collada+xml": "dae",
  "model/vnd.usda": "usda",
  "model/vnd.usdz+zip": "usdz",

  // Archives and packages.
  "application/zip": "zip whl egg",
  "application/gzip": "gz tgz svgz",
  "application/x-tar": "tar",
  "application/zstd": "zst tzst",
  "application/x-xz": "xz txz",
  "application/x-bzip2": "bz2 tbz2 tbz",
  "application/x-lzma": "lzma",
  "application/x-lzip": "lz",
  "application/x-7z-compressed": "7z",
  "application/vnd.rar": "rar",
  "application/vnd.ms-cab-compressed": "cab",
  "application/x-cpio": "cpio",
  "application/java-archive": "jar war ear",
  "application/java-vm": "class",
  "application/vnd.android.package-archive": "apk",
  "application/vnd.debian.binary-package": "deb udeb",
  "application/x-rpm": "rpm",
  "application/x-xpinstall": "xpi",
  "application/x-chrome-extension": "crx",
  "application/vnd.apple.installer+xml": "mpkg",
  "application/vnd.apple.pkpass": "pkpass",
  "application/x-apple-aspen-config": "mobileconfig",
  "application/x-java-jnlp-file": "jnlp",
  "application/x-bittorrent": "torrent",
  "application/x-shockwave-flash": "swf",
  "application/octet-stream": "bin exe dll so dylib msi img iso dmg appimage dat br",

  // Certificates and signatures.
  "application/pkix-cert": "cer",
  "application/pkix-crl": "crl",
  "application/x-x509-ca-cert": "crt der",
  "application/x-pem-file": "pem",
  "application/x-pkcs12": "p12 pfx",
  "application/pkcs7-mime": "p7m p7c",
  "application/pkcs7-signature": "p7s",
  "application/pkcs10": "p10 csr",

  // Text for people.
  "text/markdown": "md markdown mkd mdown",
  "text/plain": [
    "txt text log rst adoc asciidoc org textile tex bib srt sub ass lrc nfo",
    "diff patch asc sha1 sha256 sha512 md5",
    // Configurations.
    "ini cfg conf cnf config env properties lock jsonc hcl tf tfvars service desktop reg list",
    "gitignore gitattributes gitmodules gitkeep dockerignore editorconfig npmrc npmignore nvmrc",
    "prettierrc eslintignore eslintrc babelrc htaccess bashrc profile zshrc vimrc mailmap",
    // Sources.
    "ts mts cts tsx jsx vue svelte astro coffee elm less scss sass styl pug hbs ejs njk mustache",
    "c h cc cpp cxx hh hpp hxx ino m mm cs fs fsx vb d zig nim v sv vhd vhdl asm s cu glsl wgsl",
    "vert frag comp hlsl metal go rs java kt kts groovy gradle scala sbt clj cljs edn swift dart",
    "py pyi pyx rb erb pl pm php lua tcl r rmd jl hs lhs ml mli ex exs erl hrl lisp el scm rkt",
    "f f90 f95 for pas pp ada adb ads cob sol vy nix cmake mk mak bazel bzl gn ninja",
    "sh bash zsh fish ksh bat cmd ps1 psm1 awk sed graphql gql proto thrift prisma",
  ].join(" "),
};

/** Media types without parameters of files that are known by their whole name, lower case. */
const NAMES_BY_TYPE: Readonly<Record<string, string>> = {
  "text/plain": "readme license licence copying copyright notice authors contributors changelog " +
    "changes history news todo install version contributing codeowners maintainers makefile " +
    "gnumakefile dockerfile containerfile vagrantfile gemfile rakefile procfile brewfile " +
    "jenkinsfile justfile cmakelists",
  // What asks for these demands the type (Apple's universal links, RFC 8414, OpenID discovery).
  "application/json": "apple-app-site-association openid-configuration oauth-authorization-server",
};

/** The media type of each known extension (lower case, without the dot), with its charset where it is text. */
export const TYPE_BY_EXTENSION: ReadonlyMap<string, string> = invert(EXTENSIONS_BY_TYPE);
/** The media type of names that have no extension and are known all the same; lower case. */
export const TYPE_BY_NAME: ReadonlyMap<string, string> = invert(NAMES_BY_TYPE);

/**
 * `mediaType` with `charset=utf-8` where it is text and names none. JSON has no such parameter (RFC 8259
 * section 11), and XML says in its own first line what it is written in.
 */
export function withCharset(mediaType: string): string {
  const isBareText = /^text\//i.test(mediaType) && !/;[\t ]*charset=/i.test(mediaType);
  return isBareText ? `${mediaType}; charset=utf-8` : mediaType;
}

function invert(table: Readonly<Record<string, string>>): Map<string, string> {
  const inverted = new Map<string, string>();
  for (const [type, words] of Object.entries(table)) {
    for (const word of words.split(" ")) {
      if (inverted.has(word)) throw new Error(`Cannot give ${word} a second media type`);
      inverted.set(word, withCharset(type));
    }
  }
  return inverted;
}
