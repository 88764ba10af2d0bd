package dev.chord.node.gateway;

import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;
import io.javalin.http.Context;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names and their versions: read, written and removed, on condition if the caller says so. */
final class NameApi {
    private static final Pattern ETAG = Pattern.compile("\"(\\d{1,19})-([0-9a-f]{64})\"");

    private final Ring ring;

    NameApi(Ring ring) {
        this.ring = ring;
    }

    List<Route> routes() {
        Route.Parameter match = Route.Parameter.header("If-Match", "the ETag of the version to be replaced");
        Route.Parameter none = Route.Parameter.header("If-None-Match", "*: only if there is no such name");
        return List.of(
                Route.get("/api/v1/names/<name>", "what a name stands for", this::read),
                Route.of(
                        "PUT",
                        "/api/v1/names/<name>",
                        "let a name stand for a content id: {\"content\": ID}",
                        200,
                        this::write,
                        match,
                        none),
                Route.of("DELETE", "/api/v1/names/<name>", "remove a name", 204, this::remove, match));
    }

    private void read(Context context) {
        String name = FileName.of(context.pathParam("name"));
        NameEntry entry = ring.names()
                .find(name)
                .orElseThrow(() -> new ChordException(
                        ErrorCode.NOT_FOUND,
                        "'" + FileName.printable(name) + "' is not on the ring",
                        "see /api/v1/files"));
        answer(context, entry);
    }

    private static void answer(Context context, NameEntry entry) {
        context.header("ETag", etag(entry.version())).header("Cache-Control", "no-cache");
        Json.answer(context, Views.name(entry));
    }

    private void write(Context context) {
        String name = FileName.of(context.pathParam("name"));
        Object content = Json.body(context).get("content");
        if (!(content instanceof String hex) || !hex.matches("[0-9a-f]{64}")) {
            throw new ChordException(ErrorCode.USAGE, "'content' is no content id", "give 64 hex digits");
        }
        Identifier id = Identifier.ofHex(hex);
        long size = ring.files().manifest(id).size();
        Optional<Version> expected = expected(context);
        try {
            answer(
                    context,
                    expected.isPresent()
                            ? ring.names().compareAndSet(name, expected.get(), id, size)
                            : ring.names().set(name, id, size));
        } catch (ChordException e) {
            conditionFailed(context, e, expected);
        }
    }

    private void remove(Context context) {
        Optional<Version> expected = expected(context);
        try {
            ring.names().remove(context.pathParam("name"), expected);
            context.status(204);
        } catch (ChordException e) {
            conditionFailed(context, e, expected);
        }
    }

    // A conflict is what the condition was there to find.
    private static void conditionFailed(Context context, ChordException e, Optional<Version> expected) {
        if (e.code() != ErrorCode.CONFLICT || expected.isEmpty()) {
            throw e;
        }
        Problems.answer(context, 412, e);
    }

    private static String etag(Version version) {
        return '"'
                + Long.toUnsignedString(version.sequence())
                + '-'
                + version.writer().toHex()
                + '"';
    }

    private static Optional<Version> expected(Context context) {
        if ("*".equals(context.header("If-None-Match"))) {
            return Optional.of(Version.NONE);
        }
        String match = context.header("If-Match");
        if (match == null) {
            return Optional.empty();
        }
        Matcher matcher = ETAG.matcher(match.strip());
        if (!matcher.matches()) {
            throw new ChordException(ErrorCode.USAGE, "If-Match is not an ETag of a name", "take it from a GET");
        }
        try {
            return Optional.of(new Version(Long.parseLong(matcher.group(1)), Identifier.ofHex(matcher.group(2))));
        } catch (NumberFormatException e) {
            throw new ChordException(ErrorCode.USAGE, "If-Match is not an ETag of a name", "take it from a GET", e);
        }
    }
}
