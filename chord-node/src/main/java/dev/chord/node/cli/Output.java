package dev.chord.node.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.chord.core.bounds.Disarmed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Prints results: lines and tables for eyes, JSON for programs; in neither is anything left that a terminal
 * obeys. It never throws: what cannot be written is kept by {@link ResultStream} and becomes the exit code;
 * who prints for long looks at {@link #broken}.
 */
final class Output {
    /** Made when the first JSON is written: most commands never do. */
    private static final class Json {
        static final Gson GSON =
                new GsonBuilder().disableHtmlEscaping().serializeNulls().create();
    }

    private final Globals.Format format;
    private final boolean quiet;

    Output(Globals.Format format, boolean quiet) {
        this.format = format;
        this.quiet = quiet;
    }

    static String json(Object value) {
        return Disarmed.json(Json.GSON.toJson(value));
    }

    boolean text() {
        return format == Globals.Format.TEXT;
    }

    /** One result: as JSON, or as the lines given. */
    void result(Map<String, Object> value, List<String> lines) {
        if (text()) {
            lines.forEach(line -> System.out.println(Disarmed.line(line)));
        } else {
            System.out.println(json(value));
        }
        System.out.flush();
    }

    /** A list: a JSON object holding it, one JSON line each, or the lines given. */
    void results(String name, List<Map<String, Object>> rows, Map<String, Object> rest, List<String> lines) {
        if (format == Globals.Format.NDJSON) {
            rows.forEach(row -> System.out.println(json(row)));
        } else {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put(name, rows);
            all.putAll(rest);
            result(all, lines);
        }
        System.out.flush();
    }

    /** Whether nothing that is printed arrives any more. */
    boolean broken() {
        return System.out.checkError();
    }

    /** Whether all results make one JSON object. */
    boolean json() {
        return format == Globals.Format.JSON;
    }

    /** One of many results, printed at once: as a line for eyes, or as a line of JSON. */
    synchronized void line(Map<String, Object> value, String text) {
        System.out.println(text() ? Disarmed.line(text) : json(value));
        System.out.flush();
    }

    /** Something for the person at the terminal that is not a result. */
    void note(String line) {
        if (!quiet) {
            System.err.println(Disarmed.line(line));
        }
    }

    /** Columns padded to their widest cell. */
    static List<String> table(List<List<String>> table) {
        List<List<String>> rows = table.stream()
                .map(row -> row.stream().map(Disarmed::line).toList())
                .toList();
        List<Integer> widths = new ArrayList<>();
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                int width = row.get(i).length();
                if (i == widths.size()) {
                    widths.add(width);
                } else {
                    widths.set(i, Math.max(widths.get(i), width));
                }
            }
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                line.append(row.get(i));
                boolean last = i == row.size() - 1;
                line.append(" ".repeat(last ? 0 : widths.get(i) - row.get(i).length() + 2));
            }
            lines.add(line.toString());
        }
        return lines;
    }
}
