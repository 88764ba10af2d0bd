package dev.chord.node.gateway;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The interface described for programs (OpenAPI 3.1), made from the routes that are served. */
final class OpenApi {
    private static final Pattern IN_PATH = Pattern.compile("[{<](\\w+)[}>]");

    private OpenApi() {}

    static Map<String, Object> of(List<Route> routes, String version) {
        Map<String, Map<String, Object>> paths = new LinkedHashMap<>();
        for (Route route : routes) {
            String path = IN_PATH.matcher(route.path()).replaceAll("{$1}");
            paths.computeIfAbsent(path, p -> new LinkedHashMap<>())
                    .put(route.method().toLowerCase(Locale.ROOT), operation(route));
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("openapi", "3.1.0");
        document.put(
                "info",
                Map.of(
                        "title", "Chord",
                        "version", version,
                        "description", "Files on a ring of equal nodes. Any node answers for the whole ring."));
        document.put("paths", paths);
        document.put("components", Map.of("schemas", Map.of("Problem", problem())));
        return document;
    }

    private static Map<String, Object> operation(Route route) {
        Map<String, Object> operation = new LinkedHashMap<>();
        operation.put("summary", route.summary());
        List<Map<String, Object>> parameters = new ArrayList<>();
        Matcher inPath = IN_PATH.matcher(route.path());
        while (inPath.find()) {
            parameters.add(parameter(
                    "path",
                    inPath.group(1),
                    "may contain slashes".repeat(inPath.group().startsWith("<") ? 1 : 0)));
        }
        route.parameters().forEach(p -> parameters.add(parameter(p.where(), p.name(), p.description())));
        operation.put("parameters", parameters);
        Map<String, Object> responses = new LinkedHashMap<>();
        route.statuses().forEach(status -> responses.put("" + status, Map.of("description", route.summary())));
        responses.put(
                "default",
                Map.of(
                        "description",
                        "what went wrong, and what to do about it",
                        "content",
                        Map.of(Problems.TYPE, Map.of("schema", Map.of("$ref", "#/components/schemas/Problem")))));
        operation.put("responses", responses);
        return operation;
    }

    private static Map<String, Object> parameter(String where, String name, String description) {
        Map<String, Object> parameter = new LinkedHashMap<>();
        parameter.put("name", name);
        parameter.put("in", where);
        parameter.put("required", where.equals("path"));
        parameter.put("description", description);
        parameter.put("schema", Map.of("type", "string"));
        return parameter;
    }

    private static Map<String, Object> problem() {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (String name : List.of("title", "detail", "code", "hint", "traceId")) {
            properties.put(name, Map.of("type", "string"));
        }
        properties.put("status", Map.of("type", "integer"));
        return Map.of("type", "object", "properties", properties);
    }
}
