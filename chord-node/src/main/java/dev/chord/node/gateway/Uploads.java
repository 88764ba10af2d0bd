package dev.chord.node.gateway;

import dev.chord.client.PutOptions;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Uploads that survive a broken connection: begun with a name and a size, continued from where they stand, stored on the
 * ring once they are whole. They live as long as the node does not restart, and a day at most.
 */
final class Uploads implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Uploads.class);
    private static final int MAX_OPEN = 64;
    private static final long DAY_MILLIS = 24L * 60 * 60 * 1000;
    private static final int BUFFER = 64 * 1024;

    private final FileApi files;
    private final Path incoming;
    private final Transfers transfers;
    private final Map<String, Upload> open = new ConcurrentHashMap<>();

    private record Upload(String name, long size, Path file, long begun) {
        long received() {
            return file.toFile().length();
        }
    }

    Uploads(FileApi files, Path incoming, Transfers transfers) {
        this.files = files;
        this.transfers = transfers;
        this.incoming = incoming;
        clear();
    }

    // What an earlier life of this node left unfinished: nobody can go on with it.
    private void clear() {
        try (DirectoryStream<Path> left =
                Files.newDirectoryStream(Files.createDirectories(incoming), "upload-*.part")) {
            for (Path file : left) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            log.warn("{} could not be cleared: {}", incoming, e.getMessage());
        }
    }

    List<Route> routes() {
        return List.of(
                Route.of(
                        "POST", "/api/v1/uploads", "begin an upload: {\"name\": N, \"size\": BYTES}", 201, this::begin),
                Route.get("/api/v1/uploads/{id}", "how far an upload is", this::show),
                Route.of(
                        "PATCH",
                        "/api/v1/uploads/{id}",
                        "go on with an upload; 201 once it is whole and stored",
                        200,
                        this::append,
                        Route.Parameter.header("Upload-Offset", "where the body goes: what was received so far")),
                Route.of("DELETE", "/api/v1/uploads/{id}", "give an upload up", 204, this::cancel));
    }

    private void begin(Context context) throws IOException {
        Map<?, ?> body = Json.body(context);
        Object size = body.get("size");
        if (!(body.get("name") instanceof String name)
                || !(size instanceof Double bytes)
                || bytes < 0
                || bytes > 1e15) {
            throw new ChordException(
                    ErrorCode.USAGE, "an upload has a name and a size", "{\"name\": N, \"size\": BYTES}");
        }
        String canonical = FileName.of(name);
        expire();
        if (open.size() >= MAX_OPEN) {
            throw new ChordException(ErrorCode.UNFINISHED, MAX_OPEN + " uploads are open", "try later");
        }
        Path file = Files.createTempFile(Files.createDirectories(incoming), "upload-", ".part");
        String id = UUID.randomUUID().toString();
        open.put(id, new Upload(canonical, bytes.longValue(), file, System.currentTimeMillis()));
        context.header("Location", "/api/v1/uploads/" + id).status(201);
        show(context, id);
    }

    private void expire() throws IOException {
        long old = System.currentTimeMillis() - DAY_MILLIS;
        for (Map.Entry<String, Upload> entry : open.entrySet()) {
            if (entry.getValue().begun() < old && open.remove(entry.getKey(), entry.getValue())) {
                Files.deleteIfExists(entry.getValue().file());
            }
        }
    }

    private Upload upload(String id) {
        Upload upload = open.get(id);
        if (upload == null) {
            throw new ChordException(ErrorCode.NOT_FOUND, "there is no such upload", "begin one: POST /api/v1/uploads");
        }
        return upload;
    }

    private void show(Context context) {
        show(context, context.pathParam("id"));
    }

    private void show(Context context, String id) {
        Upload upload = upload(id);
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("id", id);
        body.put("name", upload.name());
        body.put("size", upload.size());
        body.put("received", upload.received());
        context.header("Upload-Offset", "" + upload.received());
        Json.answer(context, body);
    }

    private void append(Context context) throws IOException {
        String id = context.pathParam("id");
        Upload upload = upload(id);
        String offset = context.header("Upload-Offset");
        synchronized (upload.file()) {
            if (!("" + upload.received()).equals(offset)) {
                throw new ChordException(
                        ErrorCode.CONFLICT,
                        "this upload stands at " + upload.received() + ", not at " + offset,
                        "send Upload-Offset: " + upload.received());
            }
            long rest = upload.size() - upload.received();
            try (Transfers.Transfer transfer = transfers.begin("upload", upload.name(), rest)) {
                receive(upload, transfer.counting(context.bodyInputStream()));
                if (upload.received() < upload.size()) {
                    show(context, id);
                    return;
                }
                FileApi.stored(context, files.put(upload.file(), upload.name(), PutOptions.DEFAULT, transfer));
            }
            open.remove(id);
            Files.deleteIfExists(upload.file());
        }
    }

    private static void receive(Upload upload, InputStream body) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(upload.file().toFile(), "rw")) {
            long at = out.length();
            out.seek(at);
            byte[] buffer = new byte[BUFFER];
            for (int n = body.read(buffer); n >= 0; n = body.read(buffer)) {
                at += n;
                if (at > upload.size()) {
                    throw new ChordException(
                            ErrorCode.USAGE, "more came than the " + upload.size() + " bytes announced", "begin again");
                }
                out.write(buffer, 0, n);
            }
        }
    }

    private void cancel(Context context) throws IOException {
        Upload upload = upload(context.pathParam("id"));
        open.remove(context.pathParam("id"));
        Files.deleteIfExists(upload.file());
        context.status(204);
    }

    @Override
    public void close() {
        open.values().forEach(upload -> upload.file().toFile().delete());
        open.clear();
    }
}
