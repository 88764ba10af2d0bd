package dev.chord.node.gateway;

import dev.chord.core.id.Identifier;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * The files of the page, read once out of the program. Jetty's own way to them goes by addresses that it
 * makes of the path of the program, and fails where that path has unusual characters.
 */
final class PageFiles {
    private static final Map<String, String> TYPES = Map.of(
            "index.html", "text/html; charset=utf-8",
            "page.js", "text/javascript; charset=utf-8",
            "style.css", "text/css; charset=utf-8",
            "icon.svg", "image/svg+xml");

    private PageFiles() {}

    /** Serves them, the first one also as the root. */
    static void serve(JavalinConfig http) {
        TYPES.forEach((name, type) -> {
            Handler handler = handler(read(name), type);
            at(http, "/" + name, handler);
            if (name.equals("index.html")) {
                at(http, "/", handler);
            }
        });
    }

    private static void at(JavalinConfig http, String path, Handler handler) {
        http.routes.addHttpHandler(HandlerType.GET, path, handler);
        http.routes.addHttpHandler(HandlerType.HEAD, path, handler);
    }

    private static Handler handler(byte[] bytes, String type) {
        String etag = "\"" + Identifier.sha256(bytes).toHex().substring(0, 16) + "\"";
        return context -> answer(context, bytes, type, etag);
    }

    private static void answer(Context context, byte[] bytes, String type, String etag) {
        context.header("ETag", etag)
                .header("Cache-Control", "max-age=0")
                .header(BrowserRules.POLICY, BrowserRules.PAGE_RUNS);
        switch (Preconditions.of(context).onRead(etag)) {
            case NOT_MODIFIED -> context.status(304);
            case FAILED -> context.status(412);
            case PROCEED -> context.contentType(type).result(bytes);
        }
    }

    private static byte[] read(String name) {
        try (InputStream in = PageFiles.class.getResourceAsStream("/page/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the program is not whole: /page/" + name + " is missing");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
