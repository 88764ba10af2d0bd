package dev.chord.node.gateway;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The interface described for programs (OpenAPI 3.0, which more of them read than 3.1), made from the routes
 * that are served.
 */
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
        Map<String, Object> info = new LinkedHashMap<>();
        info.put("title", "Chord");
        info.put("version", version);
        info.put("description", "Files on a ring of equal nodes. Any node answers for the whole ring.");
        Map<String, Object> components = new LinkedHashMap<>();
        components.put("schemas", Schemas.mentioned(paths));
        components.put("securitySchemes", Map.of("token", token()));
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("openapi", "3.0.3");
        document.put("info", info);
        document.put("servers", List.of(Map.of("url", "/")));
        document.put("paths", paths);
        document.put("components", components);
        return document;
    }

    private static Map<String, Object> token() {
        Map<String, Object> token = new LinkedHashMap<>();
        token.put("type", "http");
        token.put("scheme", "bearer");
        token.put("description", "what a writer has to show where the node has a token: security.token.file");
        return token;
    }

    private static Map<String, Object> operation(Route route) {
        Map<String, Object> operation = new LinkedHashMap<>();
        operation.put("operationId", name(route));
        operation.put("tags", List.of(group(route)));
        operation.put("summary", route.summary());
        operation.put("security", route.writes() ? List.of(Map.of("token", List.of()), Map.of()) : List.of());
        operation.put("parameters", parameters(route));
        if (!route.bodies().takes().isEmpty()) {
            Map<String, Object> body = new LinkedHashMap<>();
            body.put("required", true);
            body.put("content", content(route.bodies().takes()));
            operation.put("requestBody", body);
        }
        Map<String, Object> responses = new LinkedHashMap<>();
        route.bodies().gives().keySet().stream()
                .sorted()
                .forEach(status -> responses.put("" + status, response(route, status)));
        Map<String, Object> problem = new LinkedHashMap<>();
        problem.put("description", "what went wrong, and what to do about it");
        problem.put("content", content(List.of(new Route.Content(Problems.TYPE, "Problem"))));
        responses.put("default", problem);
        operation.put("responses", responses);
        return operation;
    }

    private static Map<String, Object> response(Route route, int status) {
        Map<String, Object> response = new LinkedHashMap<>();
        response.put("description", route.summary());
        List<Route.Content> gives = route.bodies().gives().getOrDefault(status, List.of());
        if (!gives.isEmpty()) {
            response.put("content", content(gives));
        }
        return response;
    }

    private static Map<String, Object> content(List<Route.Content> contents) {
        Map<String, Object> content = new LinkedHashMap<>();
        for (Route.Content each : contents) {
            Object schema = switch (each.schema()) {
                case Route.BYTES -> binary();
                case Route.FORM -> form();
                case Route.TEXT -> Map.of("type", "string");
                default -> Schemas.reference(each.schema());
            };
            content.put(each.type(), Map.of("schema", schema));
        }
        return content;
    }

    // In one order, run by run: the description is compared with the one that is checked in.
    private static Map<String, Object> binary() {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "string");
        schema.put("format", "binary");
        return schema;
    }

    // One file, in a field of any name. Without named fields, for generators make no class of a form and
    // then miss it.
    private static Map<String, Object> form() {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("minProperties", 1);
        schema.put("maxProperties", 1);
        schema.put("additionalProperties", binary());
        return schema;
    }

    private static List<Map<String, Object>> parameters(Route route) {
        List<Map<String, Object>> parameters = new ArrayList<>();
        Matcher inPath = IN_PATH.matcher(route.path());
        while (inPath.find()) {
            boolean slashes = inPath.group().startsWith("<");
            parameters.add(
                    parameter(Route.Parameter.path(inPath.group(1), slashes ? "slashes may be written as %2F" : "")));
        }
        route.parameters().stream()
                .filter(parameter -> !parameter.name().equals("Accept")) // said by the types of the answers
                .forEach(parameter -> parameters.add(parameter(parameter)));
        return parameters;
    }

    private static Map<String, Object> parameter(Route.Parameter said) {
        Map<String, Object> parameter = new LinkedHashMap<>();
        parameter.put("name", said.name());
        parameter.put("in", said.where());
        parameter.put("required", said.required());
        parameter.put("description", said.description());
        parameter.put("schema", Schemas.type(said.type()));
        return parameter;
    }

    // GET /api/v1/files/<id>/explain is getFilesIdExplain
    private static String name(Route route) {
        StringBuilder name = new StringBuilder(route.method().toLowerCase(Locale.ROOT));
        for (String word : route.path().replace("/api/v1", "").split("[^A-Za-z0-9]+")) {
            if (!word.isEmpty()) {
                name.append(word.substring(0, 1).toUpperCase(Locale.ROOT)).append(word.substring(1));
            }
        }
        return name + "List".repeat(route.path().equals("/f/") ? 1 : 0);
    }

    private static String group(Route route) {
        String[] words = route.path().replace("/api/v1", "").split("[^A-Za-z0-9]+");
        return switch (words.length < 2 ? "" : words[1]) {
            case "f" -> "bytes";
            case "livez", "readyz", "safez", "metrics", "openapi" -> "health";
            default -> words[1];
        };
    }
}
