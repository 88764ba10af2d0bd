package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which request goes to which route. HEAD is GET without the body; OPTIONS and a method that is not there are
 * told which ones there are; what a query says is understood or refused.
 */
final class Routing {
    private static final List<String> METHODS = List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");

    private Routing() {}

    static void add(RoutesConfig server, List<Route> routes) {
        // The last segment of a path is a part of a file, if there is such a part, before it belongs to the
        // name of one.
        List<Route> inOrder = new ArrayList<>(routes);
        inOrder.sort(Comparator.comparing(route -> route.path().endsWith(">")));
        Map<String, Set<String>> allowed = new LinkedHashMap<>();
        for (Route route : inOrder) {
            Set<String> methods = allowed.computeIfAbsent(route.path(), path -> new TreeSet<>(Set.of("OPTIONS")));
            Handler checked = context -> {
                QueryRules.check(context, route);
                route.handler().handle(context);
            };
            server.addHttpHandler(HandlerType.findOrCreate(route.method()), route.path(), checked);
            methods.add(route.method());
            if (route.method().equals("GET")) {
                server.addHttpHandler(HandlerType.HEAD, route.path(), checked);
                methods.add("HEAD");
            }
            if (inOrder.stream()
                            .filter(other -> other.path().equals(route.path()))
                            .reduce((a, b) -> b)
                            .orElseThrow()
                    == route) {
                refuseOthers(server, route.path(), methods);
            }
        }
    }

    // Registered beside the methods there are, so that no longer path takes the request for its own.
    private static void refuseOthers(RoutesConfig server, String path, Set<String> allowed) {
        String list = String.join(", ", allowed);
        server.addHttpHandler(
                HandlerType.OPTIONS, path, context -> context.status(204).header("Allow", list));
        for (String method : METHODS) {
            if (!allowed.contains(method)) {
                server.addHttpHandler(HandlerType.findOrCreate(method), path, context -> {
                    throw new RefusedRequest(
                            405,
                            new ChordException(
                                    ErrorCode.USAGE,
                                    method + " is not possible at " + context.path(),
                                    "see /api/v1/openapi.json"),
                            Map.of("Allow", list));
                });
            }
        }
    }
}
