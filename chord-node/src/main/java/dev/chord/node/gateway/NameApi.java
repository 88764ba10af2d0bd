package dev.chord.node.gateway;

import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Names and their versions: read, written and removed, on condition if the caller says so. */
final class NameApi {
    private final Ring ring;
    private final NameConditions conditions;

    NameApi(Ring ring) {
        this.ring = ring;
        this.conditions = new NameConditions(ring);
    }

    List<Route> routes() {
        Route.Parameter match =
                Route.Parameter.header("If-Match", "ETags, one of which the name must have; *: it must be there");
        Route.Parameter none =
                Route.Parameter.header("If-None-Match", "ETags that the name must not have; *: it must not be there");
        Route.Parameter known = Route.Parameter.header("If-None-Match", "an ETag that is known already");
        return List.of(
                Route.get("/api/v1/names/<name>", "what a name stands for", this::read, match, known)
                        .gives("NameEntry")
                        .gives(304),
                Route.of(
                                "PUT",
                                "/api/v1/names/<name>",
                                "let a name stand for a content id: {\"content\": ID}",
                                200,
                                this::write,
                                match,
                                none)
                        .takes("NewName")
                        .gives("NameEntry"),
                Route.of("DELETE", "/api/v1/names/<name>", "remove a name", 204, this::remove, match, none));
    }

    private void read(Context context) {
        NameEntry entry = find(ring, FileName.of(context.pathParam("name")));
        switch (Preconditions.of(context).onRead(NameConditions.tag(entry.version()))) {
            case FAILED ->
                throw new RefusedRequest(412, ErrorCode.CONFLICT, "the name is there in another version", "");
            case NOT_MODIFIED -> keep(context, entry).status(304);
            case PROCEED -> answer(context, entry);
        }
    }

    /** The entry of a name; NOT_FOUND if there is none. */
    static NameEntry find(Ring ring, String name) {
        return ring.names().find(name).orElseThrow(() -> ring.names().missing(name));
    }

    private static Context keep(Context context, NameEntry entry) {
        return context.header("ETag", NameConditions.tag(entry.version())).header("Cache-Control", "no-cache");
    }

    private static void answer(Context context, NameEntry entry) {
        Json.answer(keep(context, entry), Views.name(entry));
    }

    private void write(Context context) throws IOException {
        String name = FileName.of(context.pathParam("name"));
        Object content = Json.body(context, "content").get("content");
        if (!(content instanceof String hex) || !hex.matches("[0-9a-f]{64}")) {
            throw new ChordException(ErrorCode.USAGE, "'content' is no content id", "give 64 hex digits");
        }
        Identifier id = Identifier.ofHex(hex);
        long size = ring.files().manifest(id).size();
        Optional<Version> expected = conditions.expected(context, name);
        answer(
                context,
                NameConditions.write(
                        expected,
                        () -> expected.isPresent()
                                ? ring.names().compareAndSet(name, expected.get(), id, size)
                                : ring.names().set(name, id, size)));
    }

    private void remove(Context context) {
        String name = FileName.of(context.pathParam("name"));
        find(ring, name);
        Optional<Version> expected = conditions.expected(context, name);
        NameConditions.write(expected, () -> ring.names().remove(name, expected));
        context.status(204);
    }
}
