package dev.chord.node.gateway;

import dev.chord.client.Listing;
import dev.chord.client.NameEntry;
import dev.chord.client.Progress;
import dev.chord.client.PutOptions;
import dev.chord.client.Refs;
import dev.chord.client.Ring;
import dev.chord.client.RingNames;
import dev.chord.client.Stored;
import dev.chord.client.content.FileManifest;
import dev.chord.client.content.FileName;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Spread;
import dev.chord.core.version.Version;
import dev.chord.node.config.NodeConfig;
import io.javalin.http.Context;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;

/** Files: what they are made of, where they are, and new ones. */
final class FileApi {
    private static final int DEFAULT_PAGE = 100;
    private static final int MAX_PAGE = 1000;
    private static final String LINES = "application/x-ndjson";
    private static final Route.Content BYTES = new Route.Content("application/octet-stream", Route.BYTES);

    private final Ring ring;
    private final Streaming streaming;
    private final NameConditions conditions;

    FileApi(Ring ring, Streaming streaming) {
        this.ring = ring;
        this.conditions = new NameConditions(ring);
        this.streaming = streaming;
    }

    List<Route> routes() {
        return List.of(
                Route.get(
                                "/api/v1/files",
                                "list the names on the ring",
                                this::list,
                                Route.Parameter.query("prefix", "what the names begin with"),
                                Route.Parameter.query("limit", "at most so many, 1 to " + MAX_PAGE)
                                        .whole(),
                                Route.Parameter.query("after", "go on after this name"))
                        .gives("NameList"),
                Route.of(
                                "POST",
                                "/api/v1/files",
                                "store the body under a name",
                                201,
                                this::store,
                                Route.Parameter.query("name", "the name, required unless a form has the file's"),
                                Route.Parameter.query("copies", "of each block; default: the ring's")
                                        .whole(),
                                Route.Parameter.query(
                                        "spread", "refuse unless each copy is in another: process, host or zone"),
                                Route.Parameter.query("keep", "let the name and its file go after this time, as 30d"),
                                Route.Parameter.header(
                                        "If-Match", "only if the name has one of these ETags; *: if it is there"),
                                Route.Parameter.header("If-None-Match", "*: only if there is no such name"))
                        .takes(BYTES, new Route.Content("multipart/form-data", Route.FORM))
                        .gives("Stored"),
                Route.get(
                                "/api/v1/files/<id>",
                                "what a file is made of, and by name how many copies are wanted",
                                this::manifest)
                        .gives("Manifest"),
                Route.of("DELETE", "/api/v1/files/<id>", "remove the one name of a file", 204, this::remove),
                Route.get("/api/v1/files/<id>/explain", "who should hold it, who does, what is missing", this::explain)
                        .gives("Explanation"),
                Route.get(
                                "/api/v1/search",
                                "names that a pattern fits; as NDJSON all of them, page by page as they are read",
                                this::search,
                                Route.Parameter.query("q", "with * ? [..]: a glob; otherwise a part of the name"),
                                Route.Parameter.query("limit", "at most so many, 1 to " + MAX_PAGE)
                                        .whole(),
                                Route.Parameter.query("after", "go on after this name"),
                                Route.Parameter.header("Accept", LINES + " for a stream"))
                        .gives(200, Route.Content.json("NameList"), new Route.Content(LINES, Route.TEXT)));
    }

    // ---- lists

    private void list(Context context) {
        answer(
                context,
                ring.names()
                        .page(new RingNames.Page(
                                query(context, "prefix", ""), "", query(context, "after", ""), limit(context))));
    }

    private void search(Context context) {
        String pattern = query(context, "q", "");
        String after = query(context, "after", "");
        int limit = limit(context);
        if (!HeaderFields.asksFor(HeaderFields.joined(context, "Accept"), LINES)) {
            answer(context, ring.names().page(new RingNames.Page("", pattern, after, limit)));
            return;
        }
        context.contentType(LINES);
        if (context.req().getMethod().equals("HEAD")) {
            return;
        }
        int most = context.queryParam("limit") == null ? Integer.MAX_VALUE : limit;
        SearchLines lines = new SearchLines(ring.names(), pattern, after, most);
        streaming.send(
                context, "search '" + pattern + "'", true, -1, asked -> new PagePublisher(lines, streaming.workers()));
    }

    private static void answer(Context context, Listing listing) {
        List<NameEntry> page = listing.names();
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("files", page.stream().map(Views::name).toList());
        body.put("total", listing.total());
        body.put("next", listing.more() ? page.get(page.size() - 1).name() : null);
        body.put("coverage", Views.coverage(listing.coverage()));
        Json.answer(context, body);
    }

    static String query(Context context, String name, String otherwise) {
        String value = context.queryParam(name);
        return value == null ? otherwise : value;
    }

    private static int limit(Context context) {
        return number(context, "limit", DEFAULT_PAGE, MAX_PAGE);
    }

    private static int number(Context context, String name, int otherwise, int max) {
        String text = query(context, name, "" + otherwise);
        if (text.matches("[1-9]\\d{0,5}") && Integer.parseInt(text) <= max) {
            return Integer.parseInt(text);
        }
        throw new ChordException(ErrorCode.USAGE, name + " is '" + text + "'", "give a number from 1 to " + max);
    }

    // ---- one file

    private void manifest(Context context) {
        Refs.Resolved file = ring.files().resolve(context.pathParam("id"));
        FileManifest manifest = ring.files().manifest(file.content());
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("content", file.content().toHex());
        file.name().ifPresent(entry -> {
            body.put("name", entry.name());
            body.put("shared", entry.shared());
            body.put("copies", entry.copies() == 0 ? ring.options().replicas() : entry.copies());
        });
        body.put("size", manifest.size());
        body.put("sha256", manifest.digest().toHex());
        body.put("chunkSize", manifest.chunkSize());
        body.put("chunks", manifest.chunks().stream().map(Identifier::toHex).toList());
        Json.answer(context, body);
    }

    private void explain(Context context) {
        Json.answer(context, Views.explained(ring.diagnosis().explain(context.pathParam("id"))));
    }

    private void remove(Context context) {
        ring.files().remove(context.pathParam("id"));
        context.status(204);
    }

    // ---- new ones

    private void store(Context context) {
        Optional<String> form = BodyHeaders.form(context);
        Optional<String> given = Optional.ofNullable(context.queryParam("name")).map(FileName::of);
        if (given.isEmpty() && form.isEmpty()) {
            FileName.of(""); // says what a name is
        }
        int copies = number(context, "copies", ring.options().replicas(), 64);
        PutOptions how = kept(context, PutOptions.DEFAULT.withCopies(copies).withSpread(spread(context)));
        Optional<Version> early = given.flatMap(name -> conditions.expected(context, name));
        long length = form.isPresent() ? -1 : context.req().getContentLengthLong();
        OptionalLong announced = length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
        AtomicReference<Optional<String>> told = new AtomicReference<>(Optional.empty());
        streaming.receive(
                context,
                given.orElse("a form"),
                length,
                (body, transfer) -> {
                    Flow.Publisher<ByteBuffer> bytes = body;
                    if (form.isPresent()) {
                        FormFile file = new FormFile(body, form.get());
                        file.onEnd(told::set);
                        bytes = file;
                    }
                    return ring.streams().store(bytes, announced, how, Progress.NONE);
                },
                (upload, transfer) -> {
                    transfer.at("storing");
                    String name;
                    Optional<Version> expected;
                    try {
                        name = given.orElseGet(() ->
                                FileName.of(Objects.requireNonNull(told.get()).orElse("")));
                        expected = given.isPresent() ? early : conditions.expected(context, name);
                    } catch (RuntimeException e) { // nobody will name what is stored
                        upload.ticket().release();
                        throw e;
                    }
                    PutOptions put = expected.map(how::onlyIf).orElse(how);
                    stored(
                            context,
                            NameConditions.write(expected, () -> ring.streams().name(upload, name, put)));
                });
    }

    private static Spread spread(Context context) {
        String text = query(context, "spread", "process");
        return Arrays.stream(Spread.values())
                .filter(spread -> spread.name().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() ->
                        new ChordException(ErrorCode.USAGE, "spread is '" + text + "'", "give process, host or zone"));
    }

    private static PutOptions kept(Context context, PutOptions how) {
        String text = query(context, "keep", "");
        if (text.isEmpty()) {
            return how;
        }
        return how.withKeep(NodeConfig.parseDuration(text)
                .orElseThrow(() ->
                        new ChordException(ErrorCode.USAGE, "keep is '" + text + "'", "give a time, as 12h or 30d")));
    }

    static void stored(Context context, Stored stored) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("name", stored.name());
        body.put("content", stored.content().toHex());
        body.put("size", stored.size());
        body.put("version", stored.version().number());
        body.put("copies", stored.copies());
        body.put("wanted", stored.wanted());
        String path = URLEncoder.encode(stored.name(), StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/");
        context.header("Location", "/f/" + path)
                .header("ETag", '"' + stored.content().toHex() + '"');
        context.status(201);
        Json.answer(context, body);
    }
}
