package dev.chord.node.gateway;

import dev.chord.client.NameEntry;
import dev.chord.client.Refs;
import dev.chord.client.Ring;
import dev.chord.client.content.FileDigester;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.wire.ManifestCodec;
import dev.chord.core.id.Identifier;
import dev.chord.node.ChordNode;
import dev.chord.node.store.SharedFileStore.SharedFile;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who has a file: this node, if it is told where. Only a file that is already known by its content id can be
 * announced, so nobody gets at what lies on this machine by asking for it.
 */
final class ShareApi {
    private final Ring ring;
    private final ChordNode node;

    ShareApi(Ring ring, ChordNode node) {
        this.ring = ring;
        this.node = node;
    }

    List<Route> routes() {
        String path = "/api/v1/files/<id>/providers";
        return List.of(
                Route.get(
                                path,
                                "who has it, best source first, and why",
                                context -> Json.answer(
                                        context, Views.located(ring.files().locate(context.pathParam("id")))))
                        .gives("Located"),
                Route.of(
                                "PUT",
                                path,
                                "this node has the file too, in place: {\"path\": FILE ON THE NODE, \"name\": N}",
                                200,
                                this::announce)
                        .takes("NewShared")
                        .gives("Shared"),
                Route.of("DELETE", path, "this node shares the file no longer", 204, this::withdraw));
    }

    private void announce(Context context) throws IOException {
        Refs.Resolved file = ring.files().resolve(context.pathParam("id"));
        Map<?, ?> body = Json.body(context, "path", "name");
        if (!(body.get("path") instanceof String text)) {
            throw new ChordException(ErrorCode.USAGE, "the path of the file on this node is missing", "{\"path\": P}");
        }
        Path path = file(node.sharing().roots().allowedOverHttp(text));
        if (!contentOf(path).equals(file.content())) {
            throw new ChordException(
                    ErrorCode.CONFLICT,
                    "the file there is not " + file.content().abbreviated(),
                    "to share another file use 'chord share'");
        }
        String own = file.name().map(NameEntry::name).orElse(String.valueOf(path.getFileName()));
        SharedFile shared = node.sharing().share(path, body.get("name") instanceof String name ? name : own);
        Map<String, Object> view = new LinkedHashMap<>();
        view.put("name", shared.name());
        view.put("content", shared.content().toHex());
        view.put("size", shared.size());
        Json.answer(context, view);
    }

    private static Identifier contentOf(Path path) {
        try {
            return Identifier.sha256(ManifestCodec.out(FileDigester.digest(path, (digest, data) -> {})));
        } catch (IOException e) {
            throw new ChordException(
                    ErrorCode.NOT_PERMITTED, "this node cannot read the file there", "let it, or copy it", e);
        }
    }

    private static Path file(Path path) {
        if (Files.isRegularFile(path)) {
            return path;
        }
        throw new ChordException(ErrorCode.NOT_FOUND, "there is no such file on this node", "give the path of a file");
    }

    private void withdraw(Context context) {
        node.sharing()
                .unshare(ring.files().resolve(context.pathParam("id")).content().toHex());
        context.status(204);
    }
}
