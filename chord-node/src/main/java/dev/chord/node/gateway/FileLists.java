package dev.chord.node.gateway;

import dev.chord.client.Listing;
import dev.chord.client.NameEntry;
import dev.chord.client.Reference;
import dev.chord.client.Ring;
import dev.chord.client.RingNames;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import io.javalin.http.Context;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The names on the ring as directories, for programs that walk links and for people. A list is whole or it is
 * refused: whoever copies a tree would take a part for all there is.
 */
final class FileLists {
    private static final int MAX_ENTRIES = 50_000;
    private static final int PAGE = 1000;
    private static final String LAST_CHARACTER = Character.toString(Character.MAX_CODE_POINT);

    private static final String NAME = "name:";
    private static final Pattern DOUBTFUL = Pattern.compile("(?i)(name:|id:|[0-9a-f]{10,64}$)");

    private final Ring ring;

    FileLists(Ring ring) {
        this.ring = ring;
    }

    /**
     * One line of a list.
     *
     * @param segment what comes after the prefix, up to and with a slash
     * @param file empty: a directory
     */
    private record Line(String segment, Optional<NameEntry> file) {
        // At the beginning of a reference some words mean something else than a name.
        String link(boolean first) {
            boolean doubtful = first && DOUBTFUL.matcher(segment).lookingAt();
            return URLEncoder.encode((doubtful ? NAME : "") + segment, StandardCharsets.UTF_8)
                    .replace("+", "%20")
                    .replace("*", "%2A")
                    .replace("%2F", "/");
        }
    }

    /**
     * Lists what is directly under a prefix, as HTML or, if that is preferred, as JSON.
     *
     * @param path a prefix of names, empty or with a slash at its end; {@code name:} may stand before it
     */
    void answer(Context context, String path) {
        String prefix = Reference.named(path);
        List<Line> lines = lines(prefix);
        if (lines.isEmpty() && !prefix.isEmpty()) {
            throw new ChordException(ErrorCode.NOT_FOUND, "no name begins with '" + prefix + "'", "see /f/");
        }
        context.header("Cache-Control", "no-cache");
        String accept = HeaderFields.joined(context, "Accept");
        double html = HeaderFields.weight(accept, "text/html").orElse(0);
        if (HeaderFields.weight(accept, "application/json").orElse(0) > html) {
            Json.answer(context, json(prefix, lines));
        } else {
            context.contentType("text/html; charset=utf-8")
                    .result(html(prefix, lines).getBytes(StandardCharsets.UTF_8));
        }
        context.header("Vary", "Accept, Accept-Encoding");
    }

    // A directory is told by its first name; the rest of them is skipped, however many they are.
    private List<Line> lines(String prefix) {
        List<Line> lines = new ArrayList<>();
        String directory = "";
        String after = "";
        boolean more = true;
        while (more) {
            Listing page = ring.names().page(new RingNames.Page(prefix, "", after, PAGE));
            if (!page.coverage().complete()) {
                throw new ChordException(
                        ErrorCode.PARTIAL,
                        "parts of the ring did not answer, so that the list would have holes",
                        "try again, or see what there is at /api/v1/files?prefix=");
            }
            for (NameEntry entry : page.names()) {
                String rest = entry.name().substring(prefix.length());
                int slash = rest.indexOf('/');
                if (slash < 0) {
                    lines.add(new Line(rest, Optional.of(entry)));
                } else if (!rest.substring(0, slash + 1).equals(directory)) {
                    directory = rest.substring(0, slash + 1);
                    lines.add(new Line(directory, Optional.empty()));
                }
                after = slash < 0 ? entry.name() : prefix + directory + LAST_CHARACTER;
            }
            more = page.more();
            if (lines.size() > MAX_ENTRIES) {
                throw new ChordException(
                        ErrorCode.USAGE,
                        "there are more than " + MAX_ENTRIES + " entries here",
                        "list them in pages: /api/v1/files?prefix=");
            }
        }
        return lines;
    }

    private static Map<String, Object> json(String prefix, List<Line> lines) {
        List<Map<String, Object>> files = new ArrayList<>();
        List<Map<String, Object>> directories = new ArrayList<>();
        for (Line line : lines) {
            Map<String, Object> view = new LinkedHashMap<>(
                    line.file().map(Views::name).orElseGet(() -> Map.of("name", prefix + line.segment())));
            view.put("href", line.link(prefix.isEmpty()));
            (line.file().isPresent() ? files : directories).add(view);
        }
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("prefix", prefix);
        body.put("directories", directories);
        body.put("files", files);
        return body;
    }

    private static String html(String prefix, List<Line> lines) {
        String title = escaped(prefix.isEmpty() ? "all names" : prefix);
        StringBuilder page = new StringBuilder(
                        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
                .append(title)
                .append("</title></head>\n<body><h1>")
                .append(title)
                .append("</h1>\n<ul>\n");
        if (!prefix.isEmpty()) {
            page.append("<li><a href=\"../\">../</a></li>\n");
        }
        for (Line line : lines) {
            page.append("<li><a href=\"")
                    .append(line.link(prefix.isEmpty()))
                    .append("\">")
                    .append(escaped(line.segment()))
                    .append("</a>")
                    .append(line.file()
                            .map(file -> " " + file.size() + " bytes")
                            .orElse(""))
                    .append("</li>\n");
        }
        return page.append("</ul></body></html>\n").toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
