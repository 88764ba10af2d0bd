package dev.chord.node.gateway;

import dev.chord.client.PutOptions;
import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.node.store.Upload;
import dev.chord.node.store.UploadStore;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Uploads that survive a broken connection and a restart of the node: begun with a name and a size, continued
 * from where they stand, stored on the ring once they are whole. {@link UploadStore} keeps them.
 */
final class Uploads {
    private final Ring ring;
    private final UploadStore store;
    private final Streaming streaming;

    Uploads(Ring ring, UploadStore store, Streaming streaming) {
        this.ring = ring;
        this.store = store;
        this.streaming = streaming;
    }

    List<Route> routes() {
        return List.of(
                Route.of("POST", "/api/v1/uploads", "begin an upload: {\"name\": N, \"size\": BYTES}", 201, this::begin)
                        .takes("NewUpload")
                        .gives("Upload"),
                Route.get("/api/v1/uploads/{id}", "how far an upload is", this::show)
                        .gives("Upload"),
                Route.of(
                                "PATCH",
                                "/api/v1/uploads/{id}",
                                "go on with an upload; 201 once it is whole and stored",
                                200,
                                this::append,
                                Route.Parameter.header("Upload-Offset", "where the body goes: what was received so far")
                                        .whole()
                                        .needed())
                        .takes(new Route.Content("application/octet-stream", Route.BYTES))
                        .gives("Upload")
                        .gives(201, Route.Content.json("Stored")),
                Route.of("DELETE", "/api/v1/uploads/{id}", "give an upload up", 204, this::cancel));
    }

    private void begin(Context context) throws IOException {
        Map<?, ?> body = Json.body(context, "name", "size");
        Object size = body.get("size");
        if (!(body.get("name") instanceof String name)
                || !(size instanceof Double bytes)
                || bytes < 0
                || bytes != Math.rint(bytes)
                || bytes > 1e15) {
            throw new ChordException(
                    ErrorCode.USAGE, "an upload has a name and a size", "{\"name\": N, \"size\": BYTES}");
        }
        Upload upload = store.begin(FileName.of(name), bytes.longValue());
        context.header("Location", "/api/v1/uploads/" + upload.id()).status(201);
        show(context, upload);
    }

    private void show(Context context) {
        show(context, store.get(context.pathParam("id")));
    }

    private static void show(Context context, Upload upload) {
        long received = upload.received();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("id", upload.id());
        body.put("name", upload.name());
        body.put("size", upload.size());
        body.put("received", received);
        context.header("Upload-Offset", "" + received);
        Json.answer(context, body);
    }

    private void append(Context context) {
        Upload upload = store.get(context.pathParam("id"));
        if (BodyHeaders.form(context).isPresent()) {
            throw new RefusedRequest(
                    415, ErrorCode.USAGE, "a part of an upload is no form", "send the bytes themselves");
        }
        Upload.Piece piece = upload.receive(offset(context, upload));
        try {
            streaming.receive(
                    context,
                    upload.name(),
                    upload.size() - upload.received(),
                    (body, transfer) -> {
                        PieceSink sink = new PieceSink(piece, streaming.workers());
                        body.subscribe(sink);
                        return sink.done().whenComplete((done, failure) -> {
                            if (failure instanceof RefusedRequest wrong) { // other bytes than were meant are in it
                                store.giveUp(upload, String.valueOf(wrong.getMessage()));
                            }
                        });
                    },
                    (received, transfer) -> answer(context, upload, piece, transfer));
        } catch (RuntimeException e) {
            piece.close();
            throw e;
        }
    }

    private void answer(Context context, Upload upload, Upload.Piece piece, Transfers.Transfer transfer) {
        try (piece) {
            if (!upload.whole()) {
                show(context, upload);
                return;
            }
            piece.storing();
            transfer.at("storing");
            FileApi.stored(
                    context,
                    ring.files()
                            .put(upload.file(), upload.name(), PutOptions.DEFAULT, (done, all) -> transfer.check()));
        } catch (ChordException e) {
            // it holds no room for a second try of what the ring has no room for
            if (e.code() == ErrorCode.NO_SPACE && upload.whole()) {
                store.giveUp(upload, String.valueOf(e.getMessage()));
            }
            throw e;
        }
        store.remove(upload);
    }

    private static long offset(Context context, Upload upload) {
        String offset = String.valueOf(context.header("Upload-Offset"));
        if (!offset.matches("\\d{1,18}")) {
            throw new ChordException(
                    ErrorCode.CONFLICT,
                    "this upload stands at " + upload.received() + ", not at " + offset,
                    "send Upload-Offset: " + upload.received());
        }
        return Long.parseLong(offset);
    }

    private void cancel(Context context) {
        store.remove(store.get(context.pathParam("id")));
        context.status(204);
    }
}
