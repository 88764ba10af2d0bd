package dev.chord.node.gateway;

import dev.chord.client.NameEntry;
import dev.chord.client.Refs;
import dev.chord.client.Ring;
import dev.chord.client.content.FileManifest;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import io.javalin.http.Context;
import java.net.URLConnection;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The bytes of files, or the part that is asked for: never in another coding than they are stored in. */
final class FileBytes {
    /** What a browser may show; anything else it is told to save. */
    private static final Set<String> SHOWN =
            Set.of("image/png", "image/jpeg", "image/gif", "text/plain", "application/pdf", "audio/mpeg", "video/mp4");

    private static final Route.Content ANY = new Route.Content("application/octet-stream", Route.BYTES);
    private static final Route.Content[] LISTS = {
        new Route.Content("text/html", Route.TEXT), Route.Content.json("Directory")
    };

    private final Ring ring;
    private final Streaming streaming;
    private final FileLists lists;

    FileBytes(Ring ring, Streaming streaming) {
        this.ring = ring;
        this.lists = new FileLists(ring);
        this.streaming = streaming;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/f/", "the names on the ring as directories", context -> lists.answer(context, ""))
                        .gives(200, LISTS),
                Route.of("GET", "/f", "leads to /f/", 302, context -> context.redirect("/f/")),
                bytesRoute());
    }

    private Route bytesRoute() {
        return Route.get(
                        "/f/<ref>",
                        "the bytes of a file; with a slash at its end, the names that begin so",
                        this::answer,
                        Route.Parameter.header("Range", "bytes=FROM-TO"),
                        Route.Parameter.header("If-Range", "the ETag of what the range is a part of"),
                        Route.Parameter.header("If-Match", "an ETag that the file must have: its content id"),
                        Route.Parameter.header("If-None-Match", "an ETag that is known already"),
                        Route.Parameter.header("Accept", "application/json for a list in JSON"),
                        Route.Parameter.query("download", "to be saved, not shown"),
                        Route.Parameter.query("object", "the path is a name as it stands: no id, and no list"))
                .gives(200, ANY, LISTS[0], LISTS[1])
                .gives(206, ANY)
                .gives(304);
    }

    private void answer(Context context) {
        String ref = context.pathParam("ref");
        boolean object = context.queryParam("object") != null;
        if (!object && context.req().getRequestURI().endsWith("/")) {
            lists.answer(context, ref);
        } else {
            bytes(context, resolve(ref, object));
        }
    }

    private Refs.Resolved resolve(String ref, boolean object) {
        if (!object) {
            return ring.files().resolve(ref);
        }
        NameEntry entry = NameApi.find(ring, ref);
        return new Refs.Resolved(entry.content(), Optional.of(entry), Optional.empty());
    }

    private void bytes(Context context, Refs.Resolved file) {
        FileManifest manifest = ring.files().manifest(file.content());
        String etag = '"' + file.content().toHex() + '"';
        switch (Preconditions.of(context).onRead(etag)) {
            case FAILED ->
                throw new RefusedRequest(
                        412,
                        ErrorCode.CONFLICT,
                        "the file is " + file.content().abbreviated() + " now",
                        "read it anew");
            case NOT_MODIFIED -> {
                keep(context, file, etag);
                context.status(304);
            }
            case PROCEED -> {
                refuseWithoutIdentity(context);
                ByteRange.Asked range = range(context, etag, manifest.size());
                keep(context, file, etag);
                describe(context, file, manifest);
                send(context, file, manifest, range);
            }
        }
    }

    // The length and the digest that are told are those of the bytes as they are stored.
    private static void refuseWithoutIdentity(Context context) {
        if (!HeaderFields.acceptsCoding(HeaderFields.joined(context, "Accept-Encoding"), "identity")) {
            throw new RefusedRequest(
                    406,
                    ErrorCode.USAGE,
                    "files are sent as they are stored, without a coding",
                    "let Accept-Encoding allow identity");
        }
    }

    // A range is a matter of GET alone (RFC 9110, section 14.2).
    private static ByteRange.Asked range(Context context, String etag, long size) {
        boolean meant =
                context.req().getMethod().equals("GET") && Preconditions.rangeApplies(context.header("If-Range"), etag);
        ByteRange.Asked range = ByteRange.of(meant ? HeaderFields.joined(context, "Range") : null, size);
        if (range.kind() == ByteRange.Kind.UNSATISFIABLE) {
            throw new RefusedRequest(
                    416,
                    new ChordException(ErrorCode.USAGE, "the file has " + size + " bytes", "ask for less"),
                    Map.of("Content-Range", "bytes */" + size));
        }
        return range;
    }

    private void send(Context context, Refs.Resolved file, FileManifest manifest, ByteRange.Asked range) {
        ByteRange part = range.range().orElse(new ByteRange(0, manifest.size() - 1));
        if (range.kind() == ByteRange.Kind.PART) {
            context.status(206)
                    .header("Content-Range", "bytes " + part.from() + "-" + part.to() + "/" + manifest.size());
        }
        context.res().setContentLengthLong(part.length());
        if (context.req().getMethod().equals("HEAD") || part.length() == 0) {
            return;
        }
        boolean large = part.from() / manifest.chunkSize() != part.to() / manifest.chunkSize();
        streaming.send(
                context,
                context.pathParam("ref"),
                large,
                part.length(),
                asked -> ring.streams().read(file, manifest, part.from(), part.to()));
    }

    private static void keep(Context context, Refs.Resolved file, String etag) {
        context.header("ETag", etag)
                .header("Accept-Ranges", "bytes")
                .header("Cache-Control", file.name().isPresent() ? "no-cache" : "public, max-age=31536000, immutable");
    }

    private static void describe(Context context, Refs.Resolved file, FileManifest manifest) {
        String name = file.name().map(NameEntry::name).orElse(file.content().toHex());
        String last = name.substring(name.lastIndexOf('/') + 1);
        String guessed = URLConnection.guessContentTypeFromName(last);
        boolean shown = guessed != null && SHOWN.contains(guessed) && context.queryParam("download") == null;
        String type = guessed != null && SHOWN.contains(guessed) ? guessed : "application/octet-stream";
        context.contentType(type.equals("text/plain") ? "text/plain; charset=utf-8" : type);
        String ascii = last.replaceAll("[^A-Za-z0-9._ -]", "_");
        String encoded = URLEncoder.encode(last, StandardCharsets.UTF_8).replace("+", "%20");
        context.header(
                "Content-Disposition",
                (shown ? "inline" : "attachment") + "; filename=\"" + ascii + "\"; filename*=UTF-8''" + encoded);
        String digest = Base64.getEncoder().encodeToString(manifest.digest().toBytes());
        context.header("Repr-Digest", "sha-256=:" + digest + ":");
    }
}
